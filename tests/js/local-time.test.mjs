import assert from "node:assert/strict";
import { test } from "node:test";

import { clockTime, fullTime, minuteOfDay, spokenLength } from "../../static/js/local-time.js";

const at = (text) => Date.parse(text);

test("times are the site's, not the browser's", () => {
  assert.equal(clockTime(at("2030-06-15T12:03:07Z"), "Europe/Berlin"), "14:03:07");
  assert.equal(clockTime(at("2030-06-15T12:03:07Z"), "America/New_York"), "08:03:07");
});

test("midnight is 00, not 24", () => {
  assert.equal(clockTime(at("2030-06-14T22:00:00Z"), "Europe/Berlin"), "00:00:00");
  assert.equal(minuteOfDay(at("2030-06-14T22:00:00Z"), "Europe/Berlin"), 0);
});

test("the hour that comes twice is told apart by its offset", () => {
  const [first, second] = ["2030-10-27T00:30:00Z", "2030-10-27T01:30:00Z"].map((text) => fullTime(at(text), "Europe/Berlin"));
  assert.match(first, /Sun 27 Oct 2030, 02:30:00/);
  assert.match(second, /Sun 27 Oct 2030, 02:30:00/);
  assert.notEqual(first, second);
});

test("lengths are said in two words at most", () => {
  assert.equal(spokenLength(42_400), "42 s");
  assert.equal(spokenLength(5 * 60_000), "5 min");
  assert.equal(spokenLength(5 * 60_000 + 3000), "5 min 3 s");
  assert.equal(spokenLength(2 * 3_600_000 + 5 * 60_000 + 9000), "2 h 5 min");
  assert.equal(spokenLength(3_600_000), "1 h");
});
