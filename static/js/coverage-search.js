/**
 * Questions to a coverage answer: spans and gaps in order, instants in milliseconds since the Unix epoch.
 *
 * @typedef {{start: number, end: number}} Span
 * @typedef {{start: number, end: number, cause: string, label: string, detail: string}} Gap
 * @typedef {{start: number, end: number, covered: Span[], gaps: Gap[]}} Coverage
 */

/** How much of what came before a gap is shown when somebody goes to it. */
export const LEAD_IN = 5000;

/** @returns {Coverage} of the API's JSON */
export function readCoverage(json) {
  const span = ({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) });
  const gap = (told) => ({ ...span(told), cause: told.cause, label: told.cause_label, detail: told.detail ?? "" });
  return { ...span(json), covered: json.covered.map(span), gaps: json.gaps.map(gap) };
}

/** @template {Span} T @param {T[]} spans @returns {T | null} the one that the instant lies in */
export function spanAt(spans, at) {
  return spans.find((span) => span.start <= at && at < span.end) ?? null;
}

/** The instant itself if there is footage, else where footage begins again; null when it does not. */
export function footageFrom(coverage, at) {
  const span = coverage.covered.find(({ end }) => at < end);
  return span ? Math.max(at, span.start) : null;
}

/** The last instant with footage at or before this one, as a place to play from; null when there is none. */
export function footageBefore(coverage, at) {
  const span = coverage.covered.findLast(({ start }) => start <= at);
  return span ? Math.min(at, Math.max(span.start, span.end - LEAD_IN)) : null;
}

/** The gaps with which footage ends: of several that follow each other, the first. */
function firstGaps({ gaps }) {
  return gaps.filter(({ start }, index) => index === 0 || gaps[index - 1].end !== start);
}

/** The first gap that begins after what is being watched; a gap that was just gone to does not count again. */
export function gapAfter(coverage, at) {
  return firstGaps(coverage).find(({ start }) => start > at + LEAD_IN) ?? null;
}

/** The last gap that begins before the gap, or the footage, being watched. */
export function gapBefore(coverage, at) {
  const before = firstGaps(coverage).filter(({ start }) => start <= at);
  return before.at(spanAt(coverage.gaps, at) ? -2 : -1) ?? null;
}

/** Where to play from to see a gap begin; where no footage leads to it, the gap's end; null where none follows either. */
export function wayInto(coverage, gap) {
  const before = coverage.covered.findLast(({ end }) => end <= gap.start);
  if (before && before.end === gap.start) {
    return Math.max(before.start, gap.start - LEAD_IN);
  }
  return footageFrom(coverage, gap.end);
}

/** The gap that playing leapt over: it began just after the first instant, and was over by the second; null if none. */
export function gapBetween(coverage, from, to) {
  return coverage.gaps.find(({ start, end }) => start >= from - 1000 && start < from + 4000 && end <= to + 1000) ?? null;
}

/** Whether an instant is in a gap or close to it. */
export function isNear(gap, at) {
  return at > gap.start - 2 * LEAD_IN && at < gap.end + 2 * LEAD_IN;
}
