/**
 * <vms-timeline camera="abc…" day-start="ISO" day-end="ISO" zone="Europe/Berlin" coverage-url="/api/v1/coverage/">
 *
 * A day of a camera, as long as the site's clocks make it: what is recorded, and gaps with their causes. Events: `vms-seek`
 * {at: Date} when somebody chooses an instant, `vms-gap` {gap} when somebody goes to a gap, `vms-coverage` when an answer
 * has come. Keys: arrows (Shift: further), Home, End, + and - to zoom, Page Up and Down to move, [ and ] for gaps.
 */

import { CoverageFeed } from "./coverage-feed.js";
import * as search from "./coverage-search.js";
import { adoptStyle } from "./element-style.js";
import { clockTime, fullTime, spokenLength } from "./local-time.js";
import { watchGestures } from "./timeline-gestures.js";
import { coloursOf, paint } from "./timeline-paint.js";
import * as scale from "./timeline-scale.js";

const ZOOM_STEP = 2;
const SEEK_SETTLED_AFTER = 200;
const HEAD_HELD = 2000;
const STEPS_PER_VIEW = 60;

adoptStyle(`
  vms-timeline { display: block; position: relative; }
  vms-timeline > canvas { display: block; width: 100%; height: 84px; touch-action: pan-y; cursor: pointer; border-radius: 4px; }
  vms-timeline > canvas:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
  vms-timeline > [data-hover] { position: absolute; bottom: 100%; left: 0; z-index: 10; max-width: min(20rem, 90vw);
    padding: .25rem .5rem; border-radius: 4px; background: #000; color: #fff; font-size: .8125rem; pointer-events: none; }
  vms-timeline > [data-hover][hidden] { display: none; }
  vms-timeline > [role="status"] { min-height: 1.5em; margin: .25rem 0 0; font-size: .875rem; }
`);

export class VmsTimeline extends HTMLElement {
  static observedAttributes = ["camera", "day-start", "day-end", "zone", "coverage-url"];

  #canvas = document.createElement("canvas");
  #hover = document.createElement("div");
  #said = document.createElement("p");
  #day = { start: 0, end: 1 };
  #view = this.#day;
  #feed = null;
  #head = null;
  #headHeldUntil = 0;
  #seekTimer;
  #frame = 0;
  #looks = [];

  constructor() {
    super();
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute("role", "slider");
    this.#canvas.setAttribute("aria-label", "Timeline");
    this.#hover.dataset.hover = "";
    this.#hover.hidden = true;
    this.#hover.setAttribute("aria-hidden", "true");
    this.#said.setAttribute("role", "status");
    this.#canvas.addEventListener("keydown", (event) => this.#onKey(event));
    watchGestures(this.#canvas, {
      choose: (x) => this.#choose(this.#instantOf(x)),
      pan: (pixels) => this.#lookAt(scale.panned(this.#view, this.#day, pixels * this.#perPixel)),
      zoom: (factor, x) => this.#lookAt(scale.zoomed(this.#view, this.#day, factor, this.#instantOf(x))),
      hover: (x) => this.#showHover(x),
    });
  }

  connectedCallback() {
    this.replaceChildren(this.#hover, this.#canvas, this.#said);
    const resized = new ResizeObserver(() => this.#lookAt(this.#view, true));
    resized.observe(this.#canvas);
    const themed = new MutationObserver(() => this.#repaint());
    themed.observe(document.documentElement, { attributes: true, subtree: true, attributeFilter: ["data-bs-theme"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => this.#repaint();
    scheme.addEventListener("change", repaint);
    this.#looks = [
      () => resized.disconnect(),
      () => themed.disconnect(),
      () => scheme.removeEventListener("change", repaint),
    ];
    this.#begin();
  }

  disconnectedCallback() {
    this.#looks.forEach((stop) => stop());
    this.#feed?.stop();
    clearTimeout(this.#seekTimer);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  attributeChangedCallback(name, before, after) {
    if (this.isConnected && before !== after) {
      this.#begin();
    }
  }

  get zone() {
    return this.getAttribute("zone") ?? "UTC";
  }

  /** The instant being played, or null. */
  get playHead() {
    return this.#head === null ? null : new Date(this.#head);
  }

  set playHead(date) {
    if (performance.now() < this.#headHeldUntil) {
      return; // the player has not yet gone where somebody has just pointed
    }
    this.#setHead(date ? date.getTime() : null);
  }

  zoomIn() {
    this.#zoomAroundHead(1 / ZOOM_STEP);
  }

  zoomOut() {
    this.#zoomAroundHead(ZOOM_STEP);
  }

  /** Go to shortly before the gap before what is being played; false when there is none. */
  previousGap() {
    return this.#goToGap(this.#feed?.day && search.gapBefore(this.#feed.day, this.#headOrEnd));
  }

  /** Go to shortly before the next gap; false when there is none. */
  nextGap() {
    return this.#goToGap(this.#feed?.day && search.gapAfter(this.#feed.day, this.#head ?? this.#day.start));
  }

  /** The gap that an instant lies in, or null. @param {Date} date */
  gapAt(date) {
    const coverage = this.#coverageAt(date.getTime());
    return coverage ? search.spanAt(coverage.gaps, date.getTime()) : null;
  }

  /** A gap that playing from one instant to another leaps over, or null. @param {Date} from @param {Date} to */
  gapBetween(from, to) {
    return this.#feed?.day ? search.gapBetween(this.#feed.day, from.getTime(), to.getTime()) : null;
  }

  /** The instant itself, or where footage begins again after it; null when it does not, or is not known. @param {Date} date */
  footageFrom(date) {
    return toDate(this.#feed?.day && search.footageFrom(this.#feed.day, date.getTime()));
  }

  /** A place to play from with footage, at or before an instant; null when there is none. @param {Date} date */
  footageBefore(date) {
    return toDate(this.#feed?.day && search.footageBefore(this.#feed.day, date.getTime()));
  }

  /** A gap in words: its local times, length, cause. */
  describe(gap) {
    const times = `${clockTime(gap.start, this.zone)}–${clockTime(gap.end, this.zone)}`;
    const cause = gap.detail ? `${gap.label} (${gap.detail})` : gap.label;
    return `No footage ${times}, ${spokenLength(gap.end - gap.start)}: ${cause}`;
  }

  get #headOrEnd() {
    return this.#head ?? this.#lastInstant;
  }

  get #lastInstant() {
    return Math.max(this.#day.start, Math.min(this.#day.end - 1, Date.now()));
  }

  get #perPixel() {
    return (this.#view.end - this.#view.start) / Math.max(1, this.#canvas.clientWidth);
  }

  #instantOf(x) {
    return scale.instantOf(x, this.#view, Math.max(1, this.#canvas.clientWidth));
  }

  #coverageAt(at) {
    return this.#feed?.bestFor({ start: at, end: at + 1 }) ?? null;
  }

  #begin() {
    this.#feed?.stop();
    this.#feed = null;
    const [start, end] = ["day-start", "day-end"].map((name) => Date.parse(this.getAttribute(name) ?? ""));
    const camera = this.getAttribute("camera");
    if (!camera || !(start < end)) {
      return;
    }
    if (start !== this.#day.start || end !== this.#day.end) {
      this.#day = { start, end };
      this.#view = this.#day;
    }
    const address = this.getAttribute("coverage-url") ?? "/api/v1/coverage/";
    this.#feed = new CoverageFeed({ address, camera, bounds: this.#day }, () => this.#onNews());
    this.#canvas.setAttribute("aria-valuemin", String(start));
    this.#canvas.setAttribute("aria-valuemax", String(end));
    this.#setHead(this.#head);
    this.#lookAt(this.#view, true);
  }

  #onNews() {
    this.#tellHead();
    this.#repaint();
    this.dispatchEvent(new CustomEvent("vms-coverage", { bubbles: true }));
  }

  #lookAt(view, always = false) {
    const changed = view.start !== this.#view.start || view.end !== this.#view.end;
    if (changed || always) {
      this.#view = view;
      this.#feed?.lookAt(view, this.#canvas.clientWidth);
      this.#repaint();
    }
    return changed;
  }

  #zoomAroundHead(factor) {
    const middle = (this.#view.start + this.#view.end) / 2;
    const inView = this.#head !== null && this.#head >= this.#view.start && this.#head < this.#view.end;
    this.#lookAt(scale.zoomed(this.#view, this.#day, factor, inView ? this.#head : middle));
  }

  #goToGap(gap) {
    const at = gap ? search.wayInto(this.#feed.day, gap) : null;
    if (!gap) {
      this.#said.textContent = "There is no further gap on this day.";
      return false;
    }
    this.#lookAt(scale.showing(this.#view, this.#day, gap.start));
    this.dispatchEvent(new CustomEvent("vms-gap", { bubbles: true, detail: { gap } }));
    if (at !== null) {
      this.#choose(at);
    }
    this.#said.textContent = this.describe(gap);
    return true;
  }

  /** Move the head at once, and tell of it when it has come to rest: keys repeat quickly, and each seek loads video. */
  #choose(at) {
    const chosen = Math.min(this.#lastInstant, Math.max(this.#day.start, at));
    this.#headHeldUntil = performance.now() + HEAD_HELD;
    this.#setHead(chosen);
    clearTimeout(this.#seekTimer);
    this.#seekTimer = setTimeout(() => {
      this.dispatchEvent(new CustomEvent("vms-seek", { bubbles: true, detail: { at: new Date(chosen) } }));
    }, SEEK_SETTLED_AFTER);
  }

  #setHead(at) {
    const wasInView = this.#head !== null && this.#head >= this.#view.start && this.#head < this.#view.end;
    this.#head = at;
    if (at !== null && wasInView && at >= this.#day.start && at < this.#day.end) {
      this.#lookAt(scale.showing(this.#view, this.#day, at));
    }
    this.#tellHead();
    this.#repaint();
  }

  #tellHead() {
    const at = this.#head;
    const gap = at === null ? null : this.gapAt(new Date(at));
    const words = gap ? this.describe(gap) : "";
    if (this.#said.textContent !== words) {
      this.#said.textContent = words;
    }
    this.#canvas.setAttribute("aria-valuenow", String(at ?? this.#day.start));
    this.#canvas.setAttribute("aria-valuetext", at === null ? "Nothing is played" : fullTime(at, this.zone));
  }

  /** Going back from footage into a gap goes over it: playing would begin after the gap again. */
  #before(from, step) {
    const at = from - step;
    const entersGap = this.gapAt(new Date(at)) && !this.gapAt(new Date(from));
    return entersGap ? (search.footageBefore(this.#feed.day, at) ?? at) : at;
  }

  #showHover(x) {
    this.#hover.hidden = x === null;
    if (x === null) {
      return;
    }
    const at = this.#instantOf(x);
    const coverage = this.#feed?.bestFor(this.#view);
    // A gap is drawn at least two pixels wide; it should be found where it is drawn.
    const gap = coverage && (search.spanAt(coverage.gaps, at) ?? search.spanAt(coverage.gaps, at - this.#perPixel * 2));
    this.#hover.textContent = gap ? `${clockTime(at, this.zone)} · ${this.describe(gap)}` : fullTime(at, this.zone);
    const most = Math.max(0, this.clientWidth - this.#hover.offsetWidth);
    this.#hover.style.left = `${Math.min(most, Math.max(0, x - this.#hover.offsetWidth / 2))}px`;
  }

  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const span = this.#view.end - this.#view.start;
    const step = Math.max(1000, span / STEPS_PER_VIEW) * (event.shiftKey ? 10 : 1);
    const action = {
      ArrowLeft: () => this.#choose(this.#before(this.#headOrEnd, step)),
      ArrowRight: () => this.#choose(this.#headOrEnd + step),
      Home: () => this.#choose(this.#day.start),
      End: () => this.#choose(this.#lastInstant),
      PageUp: () => this.#lookAt(scale.panned(this.#view, this.#day, -span / 2)),
      PageDown: () => this.#lookAt(scale.panned(this.#view, this.#day, span / 2)),
      "+": () => this.zoomIn(),
      "=": () => this.zoomIn(),
      "-": () => this.zoomOut(),
      "[": () => this.previousGap(),
      "]": () => this.nextGap(),
    }[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }

  #repaint() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width || !height) {
      return;
    }
    const density = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * density), Math.round(height * density)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      Object.assign(this.#canvas, { width: wide, height: high });
    }
    const context = this.#canvas.getContext("2d");
    context.setTransform(density, 0, 0, density, 0, 0);
    const now = Date.now();
    paint(context, {
      ...{ width, height, view: this.#view, zone: this.zone, colours: coloursOf(this), head: this.#head },
      coverage: this.#feed?.bestFor(this.#view) ?? null,
      now: now > this.#day.start && now < this.#day.end ? now : null,
    });
  }
}

function toDate(at) {
  return typeof at === "number" ? new Date(at) : null;
}

customElements.define("vms-timeline", VmsTimeline);
