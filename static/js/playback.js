/**
 * The playback page: player, timeline and buttons of one camera.
 *
 * Inside [data-playback]: a <vms-player>, a <vms-timeline>, buttons with [data-action] (previous-gap, next-gap, zoom-in,
 * zoom-out, live, back-10, forward-10, play, and speed: a <select>, or a button with data-speed), [data-clock] for the
 * site's time of the shown frame, [data-gap] for what is missing there. `?at=ISO` in the page's address is where it begins,
 * and is kept current.
 */

import "./player.js";
import "./timeline.js";
import { isNear } from "./coverage-search.js";
import { fullTime } from "./local-time.js";

const ADDRESS_EVERY = 1000;
const LEAP = 3000;
const GAP_TOLD = 5000; // at least, and while the player is on its way there

/** @param {HTMLElement} root */
export function wirePlayback(root) {
  const player = root.querySelector("vms-player");
  const timeline = root.querySelector("vms-timeline");
  const page = { root, player, timeline, gap: null, gapToldAt: 0, shown: null };
  if (!player.hasAttribute("zone")) {
    player.setAttribute("zone", timeline.zone);
  }

  timeline.addEventListener("vms-seek", ({ detail }) => seek(page, detail.at));
  timeline.addEventListener("vms-gap", ({ detail }) => tellGap(page, detail.gap));
  player.addEventListener("vms-time", ({ detail }) => onTime(page, detail));
  player.addEventListener("vms-state", ({ detail }) => onState(page, detail.state));
  for (const control of root.querySelectorAll("[data-action]")) {
    const event = control.tagName === "SELECT" ? "change" : "click";
    control.addEventListener(event, () => act(page, control));
  }
  begin(page);
}

function begin(page) {
  const at = new Date(new URLSearchParams(location.search).get("at") ?? NaN);
  if (!Number.isNaN(at.getTime())) {
    seek(page, at);
  }
}

function onTime(page, { at, live }) {
  const { root, timeline, shown } = page;
  timeline.playHead = at;
  write(root, "[data-clock]", fullTime(at, timeline.zone));
  rememberAt(live ? null : at);
  const leapt = shown && at - shown > LEAP ? timeline.gapBetween(shown, at) : null;
  if (leapt && !live) {
    tellGap(page, leapt);
  } else if (page.gap && performance.now() - page.gapToldAt > GAP_TOLD && (live || !isNear(page.gap, at.getTime()))) {
    tellGap(page, null);
  }
  page.shown = at;
}

function tellGap(page, gap) {
  page.gap = gap;
  page.gapToldAt = performance.now();
  write(page.root, "[data-gap]", gap ? page.timeline.describe(gap) : "");
}

/** In a gap, footage after it is played, and the gap is told of. */
function seek(page, at) {
  const { player, timeline } = page;
  const gap = timeline.gapAt(at);
  if (gap) {
    tellGap(page, gap);
  }
  page.shown = null;
  const target = gap ? (timeline.footageFrom(at) ?? timeline.footageBefore(at)) : at;
  if (target) {
    player.seekTo(target);
  }
}

function act({ root, player, timeline }, control) {
  const actions = {
    "previous-gap": () => timeline.previousGap(),
    "next-gap": () => timeline.nextGap(),
    "zoom-in": () => timeline.zoomIn(),
    "zoom-out": () => timeline.zoomOut(),
    live: () => player.goLive(),
    "back-10": () => player.skip(-10),
    "forward-10": () => player.skip(10),
    play: () => player.togglePlay(),
    speed: () => setSpeed(root, player, control),
  };
  actions[control.dataset.action]?.();
}

function setSpeed(root, player, control) {
  player.speed = Number(control.value || control.dataset.speed) || 1;
  for (const button of root.querySelectorAll("button[data-action='speed']")) {
    button.setAttribute("aria-pressed", String(Number(button.value || button.dataset.speed) === player.speed));
  }
}

function onState(page, state) {
  const { root, player, timeline } = page;
  root.dataset.state = state;
  for (const button of root.querySelectorAll("[data-action='play']")) {
    button.setAttribute("aria-pressed", String(state === "playing"));
  }
  for (const button of root.querySelectorAll("[data-action='live']")) {
    button.setAttribute("aria-pressed", String(player.mode === "live"));
  }
  // What was loaded is over, or holds nothing: later footage of the day, if there is any.
  const until = state === "nothing" ? player.loadedUntil : null;
  const next = until && timeline.footageFrom(until);
  if (next) {
    player.seekTo(next);
  }
}

let rememberedAt = 0;

/** Put the instant into the page's address, to the second and not too often: browsers limit how often it may change. */
function rememberAt(at) {
  const now = performance.now();
  if (now - rememberedAt < ADDRESS_EVERY) {
    return;
  }
  rememberedAt = now;
  const address = new URL(location.href);
  if (at) {
    address.searchParams.set("at", at.toISOString().replace(/\.\d+Z$/, "Z"));
  } else {
    address.searchParams.delete("at");
  }
  if (address.href !== location.href) {
    history.replaceState(history.state, "", address);
  }
}

function write(root, selector, words) {
  for (const element of root.querySelectorAll(selector)) {
    if (element.textContent !== words) {
      element.textContent = words;
    }
  }
}

document.querySelectorAll("[data-playback]").forEach(wirePlayback);
