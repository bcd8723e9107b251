import assert from "node:assert/strict";
import { test } from "node:test";

import { livePlaylistLoader } from "../../static/js/live-playlist-loader.js";

/** Answers at once with what `texts` holds next, and keeps on with the last. */
function loaderOf(texts) {
  const made = [];
  class Loader {
    stats = { loading: { start: 1000 } };
    destroyed = false;

    constructor() {
      made.push(this);
    }

    load(context, config, callbacks) {
      assert.equal(this.context, undefined, "a loader is used once");
      this.context = context;
      callbacks.onSuccess({ data: texts.length > 1 ? texts.shift() : texts[0] }, this.stats, context, null);
    }

    abort() {}

    destroy() {
      this.destroyed = true;
    }
  }
  return { Loader, made };
}

/** What hls.js is given by one request after another. */
function ask(PlaylistLoader, told) {
  const loader = new PlaylistLoader({});
  loader.load({ url: "index.m3u8" }, {}, { onSuccess: (answer, stats) => told.push([answer.data, stats.loading.start]) });
  return loader;
}

test("a playlist that is new is handed on at once, and the next request comes a little early", () => {
  const { Loader } = loaderOf(["one", "two"]);
  const PlaylistLoader = livePlaylistLoader(Loader);
  const told = [];
  ask(PlaylistLoader, told);
  ask(PlaylistLoader, told);
  assert.deepEqual(told, [
    ["one", 800],
    ["two", 800],
  ]);
});

test("a playlist that is known is asked for again until there is news", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { Loader, made } = loaderOf(["one", "one", "one", "two"]);
  const PlaylistLoader = livePlaylistLoader(Loader);
  const told = [];
  ask(PlaylistLoader, told);
  ask(PlaylistLoader, told);
  assert.equal(told.length, 1);
  context.mock.timers.tick(250);
  assert.equal(told.length, 1);
  context.mock.timers.tick(250);
  assert.deepEqual(told.map(([text]) => text), ["one", "two"]);
  assert.deepEqual(made.map(({ destroyed }) => destroyed), [false, true, true, false]);
});

test("a playlist that stands still is handed on in the end, so that hls.js can tell", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { Loader, made } = loaderOf(["one"]);
  const PlaylistLoader = livePlaylistLoader(Loader);
  const told = [];
  ask(PlaylistLoader, told);
  ask(PlaylistLoader, told);
  for (let i = 0; i < 20; i += 1) {
    context.mock.timers.tick(250);
  }
  assert.equal(told.length, 2);
  assert.equal(made.length, 9);
});

test("a loader that is given up asks no more", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { Loader, made } = loaderOf(["one"]);
  const PlaylistLoader = livePlaylistLoader(Loader);
  ask(PlaylistLoader, []);
  const told = [];
  ask(PlaylistLoader, told).destroy();
  context.mock.timers.tick(5000);
  assert.deepEqual(told, []);
  assert.equal(made.length, 2);
});
