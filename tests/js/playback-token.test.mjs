import assert from "node:assert/strict";
import { test } from "node:test";

import { delayAfter } from "../../static/js/backoff.js";
import { playlistAge, renewalDelay, withRange, withToken } from "../../static/js/playback-token.js";

test("every media address takes the newest token", () => {
  assert.equal(withToken("/media/old/live/abc/index.m3u8", "new"), "/media/new/live/abc/index.m3u8");
  const segment = "https://node.example/media/old/rec/abc/1/video.mp4?a=/media/x/live/";
  assert.equal(withToken(segment, "new"), "https://node.example/media/new/rec/abc/1/video.mp4?a=/media/x/live/");
});

test("a token with dollar signs is taken as it is", () => {
  assert.equal(withToken("/media/old/live/abc/1.ts", "a$1$&b"), "/media/a$1$&b/live/abc/1.ts");
});

test("other addresses are left alone", () => {
  assert.equal(withToken("/static/media/a/b.mp4", "new"), "/static/media/a/b.mp4");
});

test("a range is asked for in UTC", () => {
  const address = withRange("/media/t/rec/abc/index.m3u8", { start: 0, end: 1500 });
  assert.equal(decodeURIComponent(address), "/media/t/rec/abc/index.m3u8?start=1970-01-01T00:00:00.000Z&end=1970-01-01T00:00:01.500Z");
});

test("a token is renewed a minute before its end, a short one at half its life", () => {
  assert.equal(renewalDelay(3_600_000, 0), 3_540_000);
  assert.equal(renewalDelay(60_000, 0), 30_000);
  assert.equal(renewalDelay(0, 5000), 1000);
});

test("a live playlist's age is by the server's clock", () => {
  const headers = new Headers({ Date: "Tue, 31 Dec 2030 10:00:20 GMT", "Last-Modified": "Tue, 31 Dec 2030 10:00:00 GMT" });
  assert.equal(playlistAge(headers), 20);
  assert.equal(playlistAge(new Headers()), 0);
});

test("delays double, are bounded, and differ by chance", () => {
  const usual = [1, 2, 3, 4, 5, 50].map((failures) => delayAfter(failures, { random: () => 0 }));
  assert.deepEqual(usual, [1000, 2000, 4000, 8000, 15000, 15000]);
  assert.equal(delayAfter(1, { random: () => 1 }), 750);
});
