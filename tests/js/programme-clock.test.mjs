import assert from "node:assert/strict";
import { test } from "node:test";

import {
  instantAt,
  momentsOfFragments,
  momentsOfPlaylist,
  placeBefore,
  placeNear,
  placeOf,
  spans,
} from "../../static/js/programme-clock.js";

const TEN = Date.parse("2030-12-31T10:00:00Z");
const PLAYLIST = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MAP:URI="a/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2030-12-31T10:00:00.000Z
#EXTINF:2.000000,
#EXT-X-BYTERANGE:10@0
a/video.mp4
#EXTINF:2.000000,
#EXT-X-BYTERANGE:10@10
a/video.mp4
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="b/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2030-12-31T10:01:00.000Z
#EXTINF:3.000000,
#EXT-X-BYTERANGE:10@0
b/video.mp4
#EXT-X-ENDLIST
`;
const moments = momentsOfPlaylist(PLAYLIST);

test("a playlist's entries have media time and wall clock", () => {
  assert.deepEqual(moments, [
    { start: 0, duration: 2, at: TEN },
    { start: 2, duration: 2, at: TEN + 2000 },
    { start: 4, duration: 3, at: TEN + 60_000 },
  ]);
});

test("media time goes on over a gap, the wall clock leaps", () => {
  assert.equal(instantAt(moments, 3.5), TEN + 3500);
  assert.equal(instantAt(moments, 4.5), TEN + 60_500);
});

test("media time before and after the range is the range's border", () => {
  assert.equal(instantAt(moments, -1), TEN);
  assert.equal(instantAt(moments, 99), TEN + 63_000);
});

test("without a wall clock there is no instant", () => {
  assert.equal(instantAt([], 1), null);
  assert.equal(instantAt(momentsOfFragments([{ start: 0, duration: 2, programDateTime: null }]), 1), null);
});

test("an instant with footage is found", () => {
  assert.deepEqual(placeOf(moments, TEN + 2500), { seconds: 2.5, at: TEN + 2500 });
  assert.deepEqual(placeOf(moments, TEN + 61_000), { seconds: 5, at: TEN + 61_000 });
});

test("an instant in a gap is where footage begins again", () => {
  assert.deepEqual(placeOf(moments, TEN + 30_000), { seconds: 4, at: TEN + 60_000 });
  assert.deepEqual(placeOf(moments, TEN - 30_000), { seconds: 0, at: TEN });
});

test("going back into a gap goes to before it", () => {
  assert.deepEqual(placeBefore(moments, TEN + 30_000), { seconds: 3, at: TEN + 3000 });
  assert.deepEqual(placeBefore(moments, TEN + 2500), { seconds: 2.5, at: TEN + 2500 });
  assert.deepEqual(placeBefore(moments, TEN - 5000), { seconds: 0, at: TEN });
});

test("after the last entry there is nothing, unless it may be on its way", () => {
  assert.equal(placeOf(moments, TEN + 63_000), null);
  assert.deepEqual(placeNear(moments, TEN + 70_000, 30_000), { seconds: 4, at: TEN + 60_000 });
  assert.equal(placeNear(moments, TEN + 100_000, 30_000), null);
  assert.equal(placeNear([], TEN, 30_000), null);
});

test("a camera that sends fewer frames than it says: entries are as long as the clock between them allows", () => {
  const slow = [
    { start: 0, duration: 2.4, at: TEN },
    { start: 2.4, duration: 2.4, at: TEN + 2000 },
  ];
  assert.deepEqual(placeOf(slow, TEN + 2100), { seconds: 2.5, at: TEN + 2100 });
});

test("the loaded range knows what lies in it", () => {
  assert.equal(spans(moments, TEN), true);
  assert.equal(spans(moments, TEN + 30_000), true);
  assert.equal(spans(moments, TEN + 63_000), false);
  assert.equal(spans(moments, TEN - 1), false);
  assert.equal(spans([], TEN), false);
});
