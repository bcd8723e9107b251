/** Draws a timeline on a canvas. */

import { hoursAndMinutes, clockTime } from "./local-time.js";
import { pixelOf, tickStep, ticks } from "./timeline-scale.js";

const TICK_HEIGHT = 22;
const LEAST_GAP_WIDTH = 2;
const HATCH = 7;
const LEAST_TICK_DISTANCE = 64;

/** Nobody misses this footage: it was not to be recorded, or not yet. */
const QUIET_CAUSES = new Set(["never_published", "recording_off", "camera_inactive", "camera_retired"]);

const DARK = { recorded: "#4ea1ff", gap: "#ff7b72", quiet: "#4d5865", text: "#e6e9ee", head: "#ffd33d", back: "#20262e" };
const LIGHT = { recorded: "#1f6feb", gap: "#c4321f", quiet: "#b4becb", text: "#1d2530", head: "#b35900", back: "#e6eaf0" };

/** Colours from --vms-timeline-recorded, -gap, -quiet, -text, -head and -back; what is not set is chosen for dark or light. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const theme = element.closest("[data-bs-theme]")?.dataset.bsTheme;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const told = Object.entries(dark ? DARK : LIGHT).map(([name, usual]) => [
    name,
    style.getPropertyValue(`--vms-timeline-${name}`).trim() || usual,
  ]);
  return { ...Object.fromEntries(told), font: `12px ${style.fontFamily}` };
}

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {object} scene {width, height, view, zone, colours, coverage, head, now}; coverage, head and now may be null
 */
export function paint(context, scene) {
  const { width, height, colours } = scene;
  context.clearRect(0, 0, width, height);
  context.fillStyle = colours.back;
  context.fillRect(0, TICK_HEIGHT, width, height - TICK_HEIGHT);
  if (scene.coverage) {
    paintCovered(context, scene);
    paintGaps(context, scene);
  }
  paintTicks(context, scene);
  if (scene.now !== null) {
    paintLine(context, scene, scene.now, colours.text, [3, 3]);
  }
  if (scene.head !== null) {
    paintHead(context, scene);
  }
}

function bars({ view, width }, spans, leastWidth) {
  const shown = spans.filter(({ start, end }) => end > view.start && start < view.end);
  return shown.map(({ start, end }) => {
    const left = Math.max(0, pixelOf(start, view, width));
    const right = Math.min(width, pixelOf(end, view, width));
    return { left, width: Math.max(leastWidth, right - left) };
  });
}

function paintCovered(context, scene) {
  context.fillStyle = scene.colours.recorded;
  for (const bar of bars(scene, scene.coverage.covered, 1)) {
    context.fillRect(bar.left, TICK_HEIGHT, bar.width, scene.height - TICK_HEIGHT);
  }
}

/** Hatched, so that a gap differs from footage by more than its colour; the missed ones stand out. */
function paintGaps(context, scene) {
  const { gaps } = scene.coverage;
  const isQuiet = ({ cause }) => QUIET_CAUSES.has(cause);
  hatch(context, scene, bars(scene, gaps.filter(isQuiet), LEAST_GAP_WIDTH), scene.colours.quiet);
  hatch(context, scene, bars(scene, gaps.filter((gap) => !isQuiet(gap)), LEAST_GAP_WIDTH), scene.colours.gap);
}

function hatch(context, scene, places, colour) {
  const [top, height] = [TICK_HEIGHT, scene.height - TICK_HEIGHT];
  context.save();
  context.beginPath();
  for (const bar of places) {
    context.rect(bar.left, top, bar.width, height);
  }
  context.clip();
  context.fillStyle = scene.colours.back;
  context.fillRect(0, top, scene.width, height);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  for (let x = -height; x < scene.width; x += HATCH) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

function paintTicks(context, { width, view, zone, colours }) {
  const step = tickStep(view, width, LEAST_TICK_DISTANCE);
  const label = step < 60_000 ? clockTime : hoursAndMinutes;
  context.fillStyle = colours.text;
  context.font = colours.font;
  context.textBaseline = "top";
  for (const at of ticks(view, step, zone)) {
    const x = pixelOf(at, view, width);
    const text = label(at, zone);
    const textWidth = context.measureText(text).width;
    context.fillRect(Math.round(x), TICK_HEIGHT - 5, 1, 5);
    context.fillText(text, Math.min(width - textWidth, Math.max(0, x - textWidth / 2)), 2);
  }
}

function paintLine(context, { view, width, height }, at, colour, dash) {
  const x = Math.round(pixelOf(at, view, width)) + 0.5;
  if (x < 0 || x > width) {
    return;
  }
  context.save();
  context.strokeStyle = colour;
  context.setLineDash(dash);
  context.lineWidth = dash.length ? 1 : 2;
  context.beginPath();
  context.moveTo(x, TICK_HEIGHT - 5);
  context.lineTo(x, height);
  context.stroke();
  context.restore();
}

function paintHead(context, scene) {
  paintLine(context, scene, scene.head, scene.colours.head, []);
  const x = pixelOf(scene.head, scene.view, scene.width);
  context.fillStyle = scene.colours.head;
  context.beginPath();
  context.moveTo(x - 6, TICK_HEIGHT - 6);
  context.lineTo(x + 6, TICK_HEIGHT - 6);
  context.lineTo(x, TICK_HEIGHT + 4);
  context.fill();
}
