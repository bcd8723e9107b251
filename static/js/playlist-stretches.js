/**
 * A range in which a camera's sound comes or goes is one playlist, but not one Media Source: that cannot change its set of
 * tracks. The server marks such borders; what lies between two of them is a stretch, which is a playlist too.
 */

import { momentsOfPlaylist, placeNear } from "./programme-clock.js";

const BORDER = "#EXT-X-VMS-TRACKS-CHANGE\n";
const END = "#EXT-X-ENDLIST\n";

/** @param {string} text of a playlist @returns {string[]} its stretches, each as a playlist that ends if another follows */
export function stretchesOf(text) {
  const [first, ...others] = text.split(BORDER);
  const head = first.slice(0, first.indexOf("#EXT-X-MAP"));
  return [first, ...others.map((entries) => head + entries)].map((one, i) => (i < others.length ? one + END : one));
}

/**
 * As `placeNear`, with the stretch, of which `seconds` is the media time.
 * @param {string[]} stretches
 * @returns {{stretch: number, seconds: number, at: number} | null}
 */
export function placeAmong(stretches, instant, patience) {
  const moments = stretches.map(momentsOfPlaylist);
  const place = placeNear(moments.flat(), instant, patience);
  return place && { stretch: moments.findLastIndex((each) => each[0]?.at <= place.at), ...place };
}
