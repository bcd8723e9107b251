/** What can keep a player from playing, in words for the person who looks at it. */

import { playlistAge, Refused } from "./playback-token.js";

/** nginx-rtmp rewrites a live playlist with each fragment; one this old belongs to a camera that is gone. */
const STALE_SECONDS = 15;
const STALE_WHEN_DOUBTFUL_SECONDS = 5;

/** A state other than playing: how it is called, what is said, and whether to try again without being asked. */
export class Setback extends Error {
  /** @param {string} state @param {string} words @param {boolean} retry */
  constructor(state, words, retry) {
    super(words);
    this.state = state;
    this.retry = retry;
  }
}

export const offline = () => new Setback("waiting", "The camera is not sending video. Waiting for it…", true);
export const refused = () => new Setback("refused", "You may not watch this.", false);
export const nothing = () => new Setback("nothing", "There is no footage here.", false);
export const unreachable = () => new Setback("error", "The server cannot be reached. Trying again…", true);
export const undecodable = () => new Setback("error", "This browser cannot decode the camera's video.", false);
export const unplayable = () => new Setback("error", "The video could not be played. Trying again…", true);

/** The token in the address is no longer taken. */
export class TokenDenied extends Error {}

/** What an error means for the person who looks. @returns {Setback} */
export function setbackOf(error) {
  if (error instanceof Setback) {
    return error;
  }
  if (error instanceof Refused || isDenied(error)) {
    return refused();
  }
  if (error.kind === "codec") {
    return undecodable();
  }
  console.warn("playback:", error);
  return error.kind === "media" ? unplayable() : unreachable();
}

/** Whether a new token may help. */
export function isDenied(error) {
  return error instanceof TokenDenied || error.kind === "forbidden";
}

/**
 * Fetch a playlist to see whether there is something to play. Throws Setback, or TokenDenied.
 * @param {string} address @param {{live: boolean, doubtful: boolean}} mode doubtful: live video has just stood still
 * @returns {Promise<string>} its text
 */
export async function fetchPlaylist(address, { live, doubtful }) {
  let answer;
  try {
    answer = await fetch(address, { cache: "no-store", credentials: "same-origin" });
  } catch {
    throw unreachable();
  }
  if ([401, 403].includes(answer.status)) {
    throw new TokenDenied();
  }
  if (answer.status === 404) {
    throw live ? offline() : nothing();
  }
  if (answer.status === 400) {
    const problem = await answer.json().catch(() => ({}));
    throw new Setback("error", problem.detail ?? "This range cannot be played.", false);
  }
  if (!answer.ok) {
    throw unreachable();
  }
  if (live && playlistAge(answer.headers) > (doubtful ? STALE_WHEN_DOUBTFUL_SECONDS : STALE_SECONDS)) {
    throw offline();
  }
  return answer.text();
}
