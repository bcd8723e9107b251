/** Keeps a valid playback token at hand, and renews it while something plays. */

import { Refused, renewalDelay, requestToken } from "./playback-token.js";

const AGAIN_AFTER = 5000;
const NEARLY_OVER = 5000;

export class TokenKeeper {
  #pass = null;
  #wish = null;
  #asking = null; // shared by loads that follow each other quickly
  #timer;

  /** @param {(error: Refused) => void} onRefused a renewal was refused: the person may not watch any more */
  constructor(onRefused) {
    this.onRefused = onRefused;
  }

  /** The newest token, "" before the first. */
  get token() {
    return this.#pass?.token ?? "";
  }

  /**
   * The address to play for a wish. Throws Refused, or another Error when it is worth trying again.
   * @param {string} address of the API @param {{camera: string, kind: "live" | "recorded"}} wish
   * @returns {Promise<string>}
   */
  async addressFor(address, wish) {
    const same = this.#wish && this.#wish.camera === wish.camera && this.#wish.kind === wish.kind;
    if (!same) {
      this.forget();
      this.#wish = wish;
    }
    const pass = this.#pass;
    if (pass && pass.expiresAt > Date.now() + NEARLY_OVER) {
      return pass.url;
    }
    this.#asking ??= this.#ask(address, this.#wish);
    return (await this.#asking).url;
  }

  /** The next wish asks for a new token. */
  forget() {
    clearTimeout(this.#timer);
    this.#pass = this.#wish = this.#asking = null;
  }

  async #ask(address, wish) {
    try {
      const pass = await requestToken(address, wish);
      if (this.#wish === wish) {
        this.#pass = pass;
        this.#renewIn(renewalDelay(pass.expiresAt, Date.now()), address, wish);
      }
      return pass;
    } finally {
      if (this.#wish === wish) {
        this.#asking = null;
      }
    }
  }

  #renewIn(milliseconds, address, wish) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renew(address, wish), milliseconds);
  }

  async #renew(address, wish) {
    try {
      await this.#ask(address, wish);
    } catch (error) {
      if (this.#wish !== wish) {
        return;
      }
      if (error instanceof Refused) {
        this.onRefused(error);
      } else {
        this.#renewIn(AGAIN_AFTER, address, wish);
      }
    }
  }
}
