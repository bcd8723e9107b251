/** Playback tokens: asking for one, and putting a newer one into an address. */

/** The server said no: the person may not watch this. */
export class Refused extends Error {}

/**
 * Ask for a token. Throws Refused, or another Error when it is worth trying again.
 * @param {string} address of the API
 * @param {{camera: string, kind: "live" | "recorded"}} wish
 * @returns {Promise<{token: string, url: string, expiresAt: number}>} expiresAt in milliseconds since the epoch
 */
export async function requestToken(address, wish) {
  const answer = await fetch(address, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "",
    },
    body: JSON.stringify(wish),
  });
  if ([400, 401, 403, 404].includes(answer.status)) {
    throw new Refused(`playback token: ${answer.status}`);
  }
  if (!answer.ok) {
    throw new Error(`playback token: ${answer.status}`);
  }
  const { token, url, expires_at: expiresAt } = await answer.json();
  return { token, url, expiresAt: Date.parse(expiresAt) };
}

/** The same media address with another token. Other addresses are left alone. */
export function withToken(address, token) {
  return address.replace(/(\/media\/)[^/]+(?=\/(?:live|rec)\/)/, (_, prefix) => prefix + token);
}

/** The address of a recorded playlist, with the range that it should hold. Instants in milliseconds since the epoch. */
export function withRange(address, { start, end }) {
  return `${address}?${new URLSearchParams({ start: new Date(start).toISOString(), end: new Date(end).toISOString() })}`;
}

/** Milliseconds until a token should be renewed: a minute before its end, or at half of a short life. */
export function renewalDelay(expiresAt, now) {
  const left = expiresAt - now;
  return Math.max(1000, left > 120_000 ? left - 60_000 : left / 2);
}

/** Seconds since nginx-rtmp wrote a live playlist, by the server's own clock; 0 where it does not say. */
export function playlistAge(headers) {
  const age = Date.parse(headers.get("Date")) - Date.parse(headers.get("Last-Modified"));
  return Number.isNaN(age) ? 0 : age / 1000;
}
