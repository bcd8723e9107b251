/**
 * Zooming, panning and ticks of a timeline. A view is {start, end} in milliseconds since the Unix epoch, always within
 * its day. A day is {start, end} too: 23, 24 or 25 hours.
 */

import { minuteOfDay } from "./local-time.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The closest zoom. */
export const LEAST_SPAN = MINUTE;

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];
const QUARTER = 15 * MINUTE;

/** The pixel of an instant. */
export function pixelOf(at, view, width) {
  return ((at - view.start) / (view.end - view.start)) * width;
}

/** The instant of a pixel, within the view. */
export function instantOf(pixel, view, width) {
  const share = Math.min(1, Math.max(0, pixel / width));
  return Math.round(view.start + share * (view.end - view.start));
}

/** The view moved and, where it is too long or too short, resized, so that it lies within the day. */
export function clamped(view, day) {
  const whole = day.end - day.start;
  const span = Math.min(whole, Math.max(Math.min(LEAST_SPAN, whole), view.end - view.start));
  const start = Math.min(day.end - span, Math.max(day.start, view.start));
  return { start, end: start + span };
}

/** The view with `factor` times its span (2 zooms out, 0.5 in); the instant `around` keeps its pixel where it can. */
export function zoomed(view, day, factor, around) {
  const whole = day.end - day.start;
  const before = view.end - view.start;
  const span = Math.min(whole, Math.max(Math.min(LEAST_SPAN, whole), before * factor));
  const start = around - ((around - view.start) / before) * span;
  return clamped({ start, end: start + span }, day);
}

/** The view moved by some milliseconds. */
export function panned(view, day, by) {
  return clamped({ start: view.start + by, end: view.end + by }, day);
}

/** The view moved so that the instant is in it, in its middle if it was not. */
export function showing(view, day, at) {
  if (at >= view.start && at < view.end) {
    return view;
  }
  const half = (view.end - view.start) / 2;
  return clamped({ start: at - half, end: at + half }, day);
}

/** The smallest step whose ticks are at least `leastPixels` apart. */
export function tickStep(view, width, leastPixels) {
  const least = ((view.end - view.start) / width) * leastPixels;
  return STEPS.find((step) => step >= least) ?? STEPS.at(-1);
}

/**
 * Instants at which the site's clock shows a multiple of the step. Steps of hours are asked of the clock itself: on the
 * nights when it is changed, an hour is missing or comes twice. Every offset in use is a multiple of 15 minutes.
 * @returns {number[]}
 */
export function ticks(view, step, zone) {
  const stride = Math.min(step, QUARTER);
  const found = [];
  for (let at = Math.ceil(view.start / stride) * stride; at < view.end; at += stride) {
    if (stride === step || minuteOfDay(at, zone) % (step / MINUTE) === 0) {
      found.push(at);
    }
  }
  return found;
}

/** Seconds of detail worth asking for: about one pixel, never below a second. */
export function resolutionSeconds(view, width) {
  return Math.max(1, Math.floor((view.end - view.start) / Math.max(1, width) / SECOND));
}
