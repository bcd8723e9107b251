/** Fetches what is covered: the whole day for searching, and the part that is looked at as closely as it is drawn. */

import { readCoverage } from "./coverage-search.js";
import { resolutionSeconds } from "./timeline-scale.js";

const DAY_RESOLUTION_SECONDS = 2; // as close as the server looks at a whole day: short gaps count, too
const EVERY = 5000;
const SETTLED_AFTER = 250;

export class CoverageFeed {
  /** @type {import("./coverage-search.js").Coverage | null} */
  day = null;
  #part = null;
  #timer;
  #settling;
  #asked = 0;

  /**
   * @param {{address: string, camera: string, bounds: {start: number, end: number}}} subject
   * @param {() => void} onNews
   */
  constructor(subject, onNews) {
    Object.assign(this, { subject, onNews, view: subject.bounds, width: 1000, failed: false });
    this.#refresh();
    this.#timer = setInterval(() => {
      const { start, end } = subject.bounds;
      if (!document.hidden && ((Date.now() > start && Date.now() < end) || this.failed)) {
        this.#refresh();
      }
    }, EVERY);
  }

  /** What to draw in a view: the closer look where there is one. */
  bestFor(view) {
    const part = this.#part;
    return part && part.start <= view.start && part.end >= Math.min(view.end, Date.now()) ? part : this.day;
  }

  /** The view has changed; asks for a closer look when it has settled. */
  lookAt(view, width) {
    [this.view, this.width] = [view, width];
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#refreshPart(), SETTLED_AFTER);
  }

  stop() {
    this.#asked += 1;
    clearInterval(this.#timer);
    clearTimeout(this.#settling);
  }

  async #refresh() {
    const day = await this.#fetch(this.subject.bounds, DAY_RESOLUTION_SECONDS);
    this.failed = day === null;
    if (day) {
      this.day = day;
      this.onNews();
    }
    await this.#refreshPart();
  }

  async #refreshPart() {
    const { start, end } = this.subject.bounds;
    const resolution = resolutionSeconds(this.view, this.width);
    const span = this.view.end - this.view.start;
    const wanted = { start: Math.max(start, this.view.start - span), end: Math.min(end, this.view.end + span) };
    if (resolution >= DAY_RESOLUTION_SECONDS || wanted.start >= Date.now()) {
      this.#part = null;
      return;
    }
    const asked = ++this.#asked;
    const part = await this.#fetch(wanted, resolution);
    if (part && asked === this.#asked) {
      this.#part = part;
      this.onNews();
    }
  }

  /** Null when it could not be had; it is asked for again soon. */
  async #fetch({ start, end }, resolution) {
    if (start >= Date.now()) {
      return null;
    }
    const query = new URLSearchParams({
      camera: this.subject.camera,
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      resolution_seconds: resolution,
    });
    try {
      const answer = await fetch(`${this.subject.address}?${query}`, { headers: { Accept: "application/json" } });
      return answer.ok ? readCoverage(await answer.json()) : null;
    } catch {
      return null;
    }
  }
}
