import assert from "node:assert/strict";
import { test } from "node:test";

import {
  footageBefore,
  footageFrom,
  gapAfter,
  gapBefore,
  gapBetween,
  isNear,
  readCoverage,
  spanAt,
  wayInto,
} from "../../static/js/coverage-search.js";

const minute = (n) => `2030-12-31T10:${String(n).padStart(2, "0")}:00Z`;
const at = (n) => Date.parse(minute(n));
const gap = (start, end, cause) => ({ start: minute(start), end: minute(end), cause, cause_label: cause, detail: "" });
const day = readCoverage({
  start: minute(0),
  end: minute(50),
  resolution_seconds: 1,
  covered: [
    { start: minute(10), end: minute(20) },
    { start: minute(30), end: minute(40) },
  ],
  gaps: [gap(0, 10, "never_published"), gap(20, 25, "idle_socket"), gap(25, 30, "key_revoked"), gap(40, 50, "node_lost")],
});

test("spans are half-open", () => {
  assert.equal(spanAt(day.covered, at(20)), null);
  assert.equal(spanAt(day.gaps, at(20)).cause, "idle_socket");
  assert.equal(spanAt(day.gaps, at(20)).label, "idle_socket");
});

test("from a gap, footage goes on after it", () => {
  assert.equal(footageFrom(day, at(15)), at(15));
  assert.equal(footageFrom(day, at(22)), at(30));
  assert.equal(footageFrom(day, at(45)), null);
});

test("where no footage follows, the last that there was is played", () => {
  assert.equal(footageBefore(day, at(45)), at(40) - 5000);
  assert.equal(footageBefore(day, at(35)), at(35));
  assert.equal(footageBefore(day, at(5)), null);
});

test("going from gap to gap visits each end of footage once", () => {
  const there = [];
  for (let gap = gapAfter(day, at(0)); gap; gap = gapAfter(day, wayInto(day, gap))) {
    there.push(gap.cause);
    assert.ok(there.length < 9);
  }
  assert.deepEqual(there, ["idle_socket", "node_lost"]);
});

test("going back passes over the gap that is being watched", () => {
  assert.equal(gapBefore(day, at(45)).cause, "idle_socket");
  assert.equal(gapBefore(day, at(40) - 5000).cause, "idle_socket");
  assert.equal(gapBefore(day, at(20) - 5000).cause, "never_published");
  assert.equal(gapBefore(day, at(5)), null);
});

test("a gap is entered a few seconds before it", () => {
  assert.equal(wayInto(day, day.gaps[1]), at(20) - 5000);
  assert.equal(wayInto(day, day.gaps[0]), at(10));
  assert.equal(wayInto(day, day.gaps[2]), at(30));
});

test("a gap that playing leapt over is found", () => {
  assert.equal(gapBetween(day, at(20) - 200, at(30) + 200).cause, "idle_socket");
  assert.equal(gapBetween(day, at(11), at(12)), null);
  assert.equal(gapBetween(day, at(11), at(35)), null, "somebody went there");
});

test("near a gap is ten seconds around it", () => {
  assert.equal(isNear(day.gaps[1], at(20) - 5000), true);
  assert.equal(isNear(day.gaps[1], at(20) - 11_000), false);
});
