/**
 * nginx writes a live playlist whenever a fragment is whole, about every two seconds; hls.js asks about every two seconds,
 * up to two seconds after that, and never any sooner. This loader asks a little early, and again until there is news.
 */

const EARLY_MS = 200;
const AGAIN_MS = 250;
const MOST_ASKED = 8;

/** @param {typeof import("../vendor/hls.mjs").default.DefaultConfig.loader} Loader that does the work; one for each request */
export function livePlaylistLoader(Loader) {
  let known = "";
  return class {
    #config;
    #loader;
    #timer = 0;

    constructor(config) {
      this.#config = config;
      this.#loader = new Loader(config);
    }

    get stats() {
      return this.#loader.stats;
    }

    get context() {
      return this.#loader.context;
    }

    load(context, config, callbacks, asked = 1) {
      const onSuccess = (answer, stats, ...more) => {
        if (answer.data === known && asked < MOST_ASKED) {
          this.#timer = setTimeout(() => this.#askAgain(context, config, callbacks, asked + 1), AGAIN_MS);
          return;
        }
        known = answer.data;
        stats.loading.start -= EARLY_MS; // from where hls.js counts to its next request
        callbacks.onSuccess(answer, stats, ...more);
      };
      this.#loader.load(context, config, { ...callbacks, onSuccess });
    }

    abort() {
      clearTimeout(this.#timer);
      this.#loader.abort();
    }

    destroy() {
      clearTimeout(this.#timer);
      this.#loader.destroy();
    }

    getCacheAge() {
      return this.#loader.getCacheAge();
    }

    getResponseHeader(name) {
      return this.#loader.getResponseHeader(name);
    }

    #askAgain(context, config, callbacks, asked) {
      this.#loader.destroy();
      this.#loader = new Loader(this.#config);
      this.load(context, config, callbacks, asked);
    }
  };
}
