/**
 * Keeps camera badges current, over a WebSocket.
 *
 * Each [data-camera-badge="<public id>"] gets the class `badge-<badge>` and the label as text. On document.body:
 * `vms:status` {type, public_id, badge, label, since}, `vms:activity` {type, public_id}, and `vms:resync` when the connection
 * is back after a break, in which events may have been missed. A [data-live-status] attribute names another path than
 * /ws/cameras/.
 */

import { delayAfter } from "./backoff.js";

const NOT_SIGNED_IN = 4401;
const BADGES = ["online", "offline", "inactive", "retired"];
const STEADY_AFTER = 5000;

class LiveStatus {
  #failures = 0;
  #timer;
  #socket = null;
  #wasOpen = false;

  constructor(path) {
    this.address = new URL(path, location.href);
    this.address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    // A phone that wakes up has lost its connection long before it would try again.
    window.addEventListener("online", () => this.#now());
    document.addEventListener("visibilitychange", () => document.hidden || this.#now());
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.#now());
    this.connect();
  }

  connect() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    let steady;
    socket.addEventListener("open", () => {
      steady = setTimeout(() => (this.#failures = 0), STEADY_AFTER);
      if (this.#wasOpen) {
        tell("vms:resync", {});
      }
      this.#wasOpen = true;
    });
    socket.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => {
      clearTimeout(steady);
      if (code !== NOT_SIGNED_IN) {
        this.#failures += 1;
        this.#timer = setTimeout(() => this.connect(), delayAfter(this.#failures));
      }
    });
  }

  #now() {
    if (this.#socket.readyState === WebSocket.CLOSED) {
      this.connect();
    }
  }
}

function receive(event) {
  if (event.type === "camera.status") {
    receiveStatus(event);
  } else if (event.type === "camera.activity") {
    tell("vms:activity", event);
  }
}

/** What changed while the page was loading is told again when the socket opens; most of it is shown already. */
function receiveStatus(event) {
  const badges = [...document.querySelectorAll(`[data-camera-badge="${CSS.escape(event.public_id)}"]`)];
  const known = badges.length > 0 && badges.every((badge) => shows(badge, event));
  if (!known) {
    badges.forEach((badge) => showBadge(badge, event));
    tell("vms:status", event);
  }
}

function shows(element, { badge, since }) {
  return element.dataset.since === since && element.classList.contains(`badge-${badge}`);
}

function showBadge(element, { badge, label, since }) {
  element.classList.remove(...BADGES.map((other) => `badge-${other}`));
  element.classList.add(`badge-${badge}`);
  element.textContent = label;
  element.dataset.since = since;
}

function tell(name, detail) {
  document.body.dispatchEvent(new CustomEvent(name, { detail }));
}

new LiveStatus(document.querySelector("[data-live-status]")?.dataset.liveStatus || "/ws/cameras/");
