/**
 * Media time and wall clock of a recorded range. A moment is one playlist entry: {start, duration} in seconds of media
 * time and {at} in milliseconds since the Unix epoch, in order of both. Only EXT-X-PROGRAM-DATE-TIME knows the wall clock:
 * media time has no gaps, and runs slower than the clock where a camera sends fewer frames than it says.
 *
 * @typedef {{start: number, duration: number, at: number}} Moment
 */

/** @returns {Moment[]} of a media playlist's text (RFC 8216), which tells the time of its first entry */
export function momentsOfPlaylist(text) {
  const moments = [];
  let [start, at, duration] = [0, NaN, 0];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) {
      at = Date.parse(line.slice(25));
    } else if (line.startsWith("#EXTINF:")) {
      duration = parseFloat(line.slice(8));
    } else if (line && !line.startsWith("#")) {
      moments.push({ start, duration, at });
      start += duration;
      at += duration * 1000;
    }
  }
  return moments;
}

/** @returns {Moment[]} of what hls.js knows, which is corrected as fragments are loaded */
export function momentsOfFragments(fragments) {
  return fragments.map(({ start, duration, programDateTime }) => ({ start, duration, at: programDateTime ?? NaN }));
}

function lastNotAfter(moments, field, value) {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle][field] <= value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

function endOf(moments, index) {
  const { at, duration } = moments[index];
  const following = moments[index + 1]?.at ?? Infinity;
  return Math.min(at + duration * 1000, following);
}

/** The wall clock, in milliseconds, of a media time in seconds; null where it is not known. */
export function instantAt(moments, seconds) {
  const index = Math.max(0, lastNotAfter(moments, "start", seconds));
  if (!moments.length || Number.isNaN(moments[index].at)) {
    return null;
  }
  const into = Math.min(moments[index].duration, Math.max(0, seconds - moments[index].start));
  return Math.round(moments[index].at + into * 1000);
}

/**
 * Where to seek for an instant. In a gap, that is where footage begins again; after the last entry, null.
 * @returns {{seconds: number, at: number} | null} media time, and the instant that it shows
 */
export function placeOf(moments, instant) {
  const index = lastNotAfter(moments, "at", instant);
  if (index >= 0 && instant < endOf(moments, index)) {
    const { start, at } = moments[index];
    return { seconds: start + (instant - at) / 1000, at: instant };
  }
  const next = moments[index + 1];
  return next && !Number.isNaN(next.at) ? { seconds: next.start, at: next.at } : null;
}

/** Whether an instant lies between the first and the last entry. */
export function spans(moments, instant) {
  return moments.length > 0 && moments[0].at <= instant && instant < endOf(moments, moments.length - 1);
}

/** As `placeOf`, but in a gap it is shortly before where footage ended, so that going back does not stop at a gap. */
export function placeBefore(moments, instant) {
  const index = lastNotAfter(moments, "at", instant);
  if (index < 0 || instant < endOf(moments, index)) {
    return placeOf(moments, instant);
  }
  const { start, duration, at } = moments[index];
  const into = Math.max(0, duration - 1);
  return { seconds: start + into, at: Math.round(at + into * 1000) };
}

/** As `placeOf`, but footage so young that it is not told of yet begins at the last entry. */
export function placeNear(moments, instant, patience) {
  const last = moments.at(-1);
  const place = placeOf(moments, instant);
  const late = last ? instant - (last.at + last.duration * 1000) : Infinity;
  return place ?? (late < patience ? { seconds: last.start, at: last.at } : null);
}
