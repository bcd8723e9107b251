import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LEAST_SPAN,
  clamped,
  instantOf,
  panned,
  pixelOf,
  resolutionSeconds,
  showing,
  tickStep,
  ticks,
  zoomed,
} from "../../static/js/timeline-scale.js";
import { hoursAndMinutes } from "../../static/js/local-time.js";

const BERLIN = "Europe/Berlin";
const HOUR = 3_600_000;
const at = (text) => Date.parse(text);
const ordinary = { start: at("2030-06-14T22:00:00Z"), end: at("2030-06-15T22:00:00Z") };
const shortNight = { start: at("2030-03-30T23:00:00Z"), end: at("2030-03-31T22:00:00Z") };
const longNight = { start: at("2030-10-26T22:00:00Z"), end: at("2030-10-27T23:00:00Z") };

test("pixels and instants are each other's inverse", () => {
  for (const pixel of [0, 1, 200, 389, 390]) {
    assert.ok(Math.abs(pixelOf(instantOf(pixel, ordinary, 390), ordinary, 390) - pixel) < 0.01);
  }
});

test("a pixel beside the canvas is the view's border", () => {
  assert.equal(instantOf(-5, ordinary, 390), ordinary.start);
  assert.equal(instantOf(500, ordinary, 390), ordinary.end);
});

test("zooming keeps the instant under the pointer", () => {
  const around = at("2030-06-15T09:30:00Z");
  const view = zoomed(ordinary, ordinary, 0.25, around);
  assert.equal(view.end - view.start, 6 * HOUR);
  assert.ok(Math.abs(pixelOf(around, view, 1000) - pixelOf(around, ordinary, 1000)) < 0.01);
});

test("zooming stops at a minute, and at the day", () => {
  const around = at("2030-06-15T09:30:00Z");
  const close = zoomed(ordinary, ordinary, 1e-9, around);
  assert.equal(close.end - close.start, LEAST_SPAN);
  assert.deepEqual(zoomed(close, ordinary, 1e9, around), ordinary);
});

test("panning stops at the day's borders", () => {
  const view = { start: ordinary.start + HOUR, end: ordinary.start + 3 * HOUR };
  assert.deepEqual(panned(view, ordinary, -5 * HOUR), { start: ordinary.start, end: ordinary.start + 2 * HOUR });
  assert.deepEqual(panned(view, ordinary, 99 * HOUR), { start: ordinary.end - 2 * HOUR, end: ordinary.end });
});

test("a view longer than a short day is the day", () => {
  assert.deepEqual(clamped(ordinary, shortNight), shortNight);
});

test("an instant outside the view is brought into its middle, one inside leaves it alone", () => {
  const view = { start: ordinary.start, end: ordinary.start + 2 * HOUR };
  assert.equal(showing(view, ordinary, ordinary.start + HOUR), view);
  const moved = showing(view, ordinary, ordinary.start + 10 * HOUR);
  assert.deepEqual(moved, { start: ordinary.start + 9 * HOUR, end: ordinary.start + 11 * HOUR });
});

test("ticks of a day are full hours far enough apart", () => {
  assert.equal(tickStep(ordinary, 390, 64), 6 * HOUR);
  assert.equal(tickStep(ordinary, 1440, 64), 2 * HOUR);
  assert.equal(tickStep({ start: 0, end: LEAST_SPAN }, 390, 64), 10_000);
});

const labels = (day, step) => ticks(day, step, BERLIN).map((tick) => hoursAndMinutes(tick, BERLIN));

test("an ordinary day has 24 hours", () => {
  assert.deepEqual(labels(ordinary, 6 * HOUR), ["00:00", "06:00", "12:00", "18:00"]);
  assert.equal(labels(ordinary, HOUR).length, 24);
});

test("in the short night two o'clock is missing", () => {
  assert.deepEqual(labels(shortNight, HOUR).slice(0, 4), ["00:00", "01:00", "03:00", "04:00"]);
  assert.equal(labels(shortNight, HOUR).length, 23);
  assert.deepEqual(labels(shortNight, 6 * HOUR), ["00:00", "06:00", "12:00", "18:00"]);
});

test("in the long night two o'clock comes twice", () => {
  assert.deepEqual(labels(longNight, HOUR).slice(0, 5), ["00:00", "01:00", "02:00", "02:00", "03:00"]);
  assert.equal(labels(longNight, HOUR).length, 25);
  assert.deepEqual(labels(longNight, 6 * HOUR), ["00:00", "06:00", "12:00", "18:00"]);
});

test("ticks fall on full hours where the offset is 45 minutes", () => {
  const day = { start: at("2030-06-14T18:15:00Z"), end: at("2030-06-15T18:15:00Z") };
  const shown = ticks(day, 6 * HOUR, "Asia/Kathmandu").map((tick) => hoursAndMinutes(tick, "Asia/Kathmandu"));
  assert.deepEqual(shown, ["00:00", "06:00", "12:00", "18:00"]);
});

test("detail is asked for as closely as it is drawn, not below a second", () => {
  assert.equal(resolutionSeconds(ordinary, 1000), 86);
  assert.equal(resolutionSeconds({ start: 0, end: LEAST_SPAN }, 1000), 1);
  assert.equal(resolutionSeconds(ordinary, 0), 86400);
});
