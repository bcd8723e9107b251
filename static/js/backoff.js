/** How long to wait before trying again. */

/**
 * Doubles from `first` to `most` milliseconds, less up to a quarter by chance so that many browsers do not return at once.
 * @param {number} failures in a row, 1 for the first
 * @param {{first?: number, most?: number, random?: () => number}} [limits]
 * @returns {number} milliseconds
 */
export function delayAfter(failures, { first = 1000, most = 15000, random = Math.random } = {}) {
  const full = Math.min(most, first * 2 ** Math.max(0, failures - 1));
  return Math.round(full * (1 - random() / 4));
}
