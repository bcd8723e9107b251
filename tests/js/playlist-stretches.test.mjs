import assert from "node:assert/strict";
import { test } from "node:test";

import { momentsOfPlaylist } from "../../static/js/programme-clock.js";
import { placeAmong, stretchesOf } from "../../static/js/playlist-stretches.js";

const TEN = Date.parse("2030-12-31T10:00:00Z");
const HEAD = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-INDEPENDENT-SEGMENTS
`;
const WITHOUT_SOUND = `#EXT-X-MAP:URI="a/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2030-12-31T10:00:00.000Z
#EXTINF:2.000000,
#EXT-X-BYTERANGE:10@0
a/video.mp4
#EXTINF:2.000000,
#EXT-X-BYTERANGE:10@10
a/video.mp4
`;
const WITH_SOUND = `#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="b/init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2030-12-31T10:00:06.000Z
#EXTINF:3.000000,
#EXT-X-BYTERANGE:10@0
b/video.mp4
`;
const BORDER = "#EXT-X-VMS-TRACKS-CHANGE\n";
const END = "#EXT-X-ENDLIST\n";
const BOTH = HEAD + WITHOUT_SOUND + BORDER + WITH_SOUND;

test("a playlist in which the tracks stay is one stretch, as it was", () => {
  assert.deepEqual(stretchesOf(HEAD + WITHOUT_SOUND), [HEAD + WITHOUT_SOUND]);
  assert.deepEqual(stretchesOf(""), [""]);
});

test("where the tracks change one playlist ends, and another with the same head begins", () => {
  assert.deepEqual(stretchesOf(BOTH), [HEAD + WITHOUT_SOUND + END, HEAD + WITH_SOUND]);
});

test("a stretch in the middle has both head and end", () => {
  const [, second] = stretchesOf(BOTH + BORDER + WITHOUT_SOUND + END);
  assert.equal(second, HEAD + WITH_SOUND + END);
});

test("the media time of a stretch begins at 0", () => {
  assert.deepEqual(momentsOfPlaylist(stretchesOf(BOTH)[1]), [{ start: 0, duration: 3, at: TEN + 6000 }]);
});

test("an instant is found in its stretch, in that one's media time", () => {
  const stretches = stretchesOf(BOTH);
  assert.deepEqual(placeAmong(stretches, TEN + 3500, 0), { stretch: 0, seconds: 3.5, at: TEN + 3500 });
  assert.deepEqual(placeAmong(stretches, TEN + 7000, 0), { stretch: 1, seconds: 1, at: TEN + 7000 });
});

test("a gap before a border leads to the next stretch", () => {
  assert.deepEqual(placeAmong(stretchesOf(BOTH), TEN + 5000, 0), { stretch: 1, seconds: 0, at: TEN + 6000 });
});

test("footage that lasts a little longer than its clock does not hold up the next stretch", () => {
  const early = WITH_SOUND.replace("10:00:06.000Z", "10:00:03.900Z");
  const stretches = stretchesOf(HEAD + WITHOUT_SOUND + BORDER + early);
  assert.deepEqual(placeAmong(stretches, TEN + 3900, 0), { stretch: 1, seconds: 0, at: TEN + 3900 });
});

test("after the last stretch there is only what is too young to be told of", () => {
  const stretches = stretchesOf(BOTH);
  assert.deepEqual(placeAmong(stretches, TEN + 11_000, 30_000), { stretch: 1, seconds: 0, at: TEN + 6000 });
  assert.equal(placeAmong(stretches, TEN + 60_000, 30_000), null);
});
