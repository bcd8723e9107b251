/**
 * <vms-player camera="abc…" mode="live|recorded" token-url="/api/v1/playback-tokens/" start="ISO" end="ISO" zone="Europe/Berlin" bare>
 *
 * Plays a camera. Recorded without `start` waits for `seekTo`. `bare` leaves out the browser's own controls.
 * Events: `vms-time` {at: Date, live}, `vms-state` {state, words}. `data-state` on the element is one of idle, loading,
 * playing, paused, waiting, refused, nothing, ended, error.
 */

import { delayAfter } from "./backoff.js";
import { clockTime } from "./local-time.js";
import { withRange } from "./playback-token.js";
import { handleKey } from "./player-keys.js";
import * as setbacks from "./player-setback.js";
import { openSource, placeIn } from "./player-source.js";
import { PlayerState } from "./player-state.js";
import "./player-style.js";
import { instantAt, placeBefore, placeOf, spans } from "./programme-clock.js";
import { ShownFrame } from "./shown-frame.js";
import { StallWatch } from "./stall-watch.js";
import { TokenKeeper } from "./token-keeper.js";

const BEFORE = 5 * 60_000; // loaded before and after an instant that is sought
const AFTER = 2 * 60 * 60_000;
const PATIENCE = 30_000; // footage this young may not be on the disk yet
const JUMP_WORTH_TELLING = 1000;
const LIVE_STALL_SECONDS = 6;
const TOLD_EVERY = 200;
const MOST_DENIALS = 2;
// hls.js adds up where entries begin. The first may come out a hair after 0, and before the first entry of a growing
// playlist hls.js loads nothing: a seek goes a millisecond inside.
const INSIDE_SECONDS = 0.001;

export class VmsPlayer extends HTMLElement {
  static observedAttributes = ["camera", "mode", "start", "end"];

  #video = document.createElement("video");
  #message = document.createElement("p");
  #frame = new ShownFrame(this.#video, () => this.#tellTime());
  #stall = new StallWatch(this.#video, LIVE_STALL_SECONDS, () => this.#onStall());
  #tokens = new TokenKeeper((error) => this.#fail(error));
  #state = new PlayerState(this, this.#message);
  #retry;
  #source = null;
  #range = null; // {start, end} in milliseconds: what was asked for, recorded
  #wanted = null; // the instant to begin at
  #attempt = 0; // grows with each load; what belongs to an earlier one is ignored
  #denials = 0;
  #failures = 0;
  #queued = false;
  #keepsStill = false; // paused, and stays so when another place is sought
  #doubtful = false; // the camera may be gone: a live playlist that is not quite new is not believed
  #toldAt = 0;

  constructor() {
    super();
    this.#video.playsInline = true;
    this.#video.preload = "auto";
    this.#message.setAttribute("role", "status");
    for (const name of ["playing", "pause", "waiting", "ended"]) {
      this.#video.addEventListener(name, () => this.#onVideo(name));
    }
    this.#video.addEventListener("seeked", () => this.#tellTime());
    this.addEventListener("keydown", (event) => handleKey(event, this));
  }

  connectedCallback() {
    this.tabIndex = 0;
    this.#video.controls = !this.hasAttribute("bare");
    this.replaceChildren(this.#video, this.#message);
    document.body.addEventListener("vms:status", this.#onStatus);
    this.#restart();
  }

  disconnectedCallback() {
    document.body.removeEventListener("vms:status", this.#onStatus);
    this.#attempt += 1;
    this.#drop();
    clearTimeout(this.#retry);
    this.#tokens.forget();
  }

  attributeChangedCallback(name, before, after) {
    if (this.isConnected && before !== after) {
      if (name === "camera" || name === "start" || name === "end") {
        [this.#range, this.#wanted] = [null, null];
      }
      this.#restart();
    }
  }

  /** "live" or "recorded". */
  get mode() {
    return this.getAttribute("mode") === "recorded" ? "recorded" : "live";
  }

  set mode(mode) {
    this.setAttribute("mode", mode);
  }

  get state() {
    return this.#state.name;
  }

  get video() {
    return this.#video;
  }

  /** The instant of the shown frame; null when nothing is shown. Live it is an estimate where the playlist tells no time. */
  get playingAt() {
    if (!this.#source || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      return null;
    }
    const known = instantAt(this.#source.moments(), this.#frame.seconds);
    if (known === null && this.mode === "live") {
      return new Date(Date.now() - this.#source.latency() * 1000);
    }
    return known === null ? null : new Date(known);
  }

  /** The end of what is loaded, recorded; null live. */
  get loadedUntil() {
    return this.#range ? new Date(this.#range.end) : null;
  }

  get speed() {
    return this.#video.defaultPlaybackRate;
  }

  /** Holds for what is loaded later, too. */
  set speed(rate) {
    this.#video.defaultPlaybackRate = rate;
    this.#video.playbackRate = rate;
  }

  /**
   * Show recorded footage of an instant; in a gap, of where footage begins again. Leaves live.
   * @param {Date} date
   */
  seekTo(date) {
    const at = Math.min(date.getTime(), Date.now() - 1000);
    const moments = this.mode === "recorded" && this.#source ? this.#source.moments() : [];
    if (spans(moments, at)) {
      this.#goTo(placeOf(moments, at), at);
      return;
    }
    this.#wanted = at;
    this.#range = { start: at - BEFORE, end: at + AFTER };
    [this.#denials, this.#failures] = [0, 0];
    this.#keepsStill ||= this.mode === "recorded" && this.#state.name === "paused";
    if (this.mode === "live") {
      this.mode = "recorded";
    } else {
      this.#load();
    }
  }

  goLive() {
    this.speed = 1;
    if (this.mode === "live") {
      this.#restart();
    } else {
      this.mode = "live";
    }
  }

  togglePlay() {
    if (this.#video.paused) {
      this.#play();
    } else {
      this.#video.pause();
    }
  }

  /** By seconds of wall clock, so that ten seconds back over a gap are ten seconds of clock. */
  skip(seconds) {
    const now = this.playingAt;
    if (!now || (this.mode === "live" && seconds > 0)) {
      return;
    }
    const at = now.getTime() + seconds * 1000;
    const moments = this.#source.allMoments();
    this.seekTo(new Date(seconds < 0 && spans(moments, at) ? placeBefore(moments, at).at : at));
  }

  /** One frame while paused: 1 forth, -1 back. */
  stepFrame(direction) {
    if (this.#video.paused) {
      // Half a frame further, so that rounding never shows the same frame again.
      this.#video.currentTime = this.#frame.seconds + this.#frame.frameSeconds * (direction + 0.5);
    }
  }

  /** Several attributes may change at once; they are looked at together. */
  #restart() {
    if (this.#queued) {
      return;
    }
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = this.#keepsStill = false;
      [this.#denials, this.#failures] = [0, 0];
      if (this.isConnected) {
        this.#load();
      }
    });
  }

  async #load() {
    const attempt = ++this.#attempt;
    this.#drop();
    clearTimeout(this.#retry);
    const live = this.mode === "live";
    this.#chooseRange(live);
    if (!live && !this.#range) {
      this.#state.show("idle", "Choose a time on the timeline.");
      return;
    }
    // While it waits for a camera, it keeps saying so.
    if (this.#state.name !== "waiting") {
      this.#state.show("loading", "Loading…");
    }
    try {
      const address = await this.#address();
      const text = attempt === this.#attempt ? await setbacks.fetchPlaylist(address, { live, doubtful: this.#doubtful }) : "";
      if (attempt === this.#attempt) {
        this.#open(address, text, live);
      }
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#fail(error);
      }
    }
  }

  #chooseRange(live) {
    if (live) {
      [this.#range, this.#wanted] = [null, null];
    } else if (!this.#range) {
      this.#range = rangeOf(this);
      this.#wanted = this.#range?.start ?? null;
    }
  }

  async #address() {
    const wish = { camera: this.getAttribute("camera"), kind: this.mode };
    const range = this.#range;
    const url = await this.#tokens.addressFor(this.getAttribute("token-url") ?? "/api/v1/playback-tokens/", wish);
    return range ? withRange(url, range) : url;
  }

  #open(address, text, live) {
    const attempt = this.#attempt;
    const place = live ? null : placeIn(text, this.#wanted, PATIENCE);
    if (!live && !place) {
      throw setbacks.nothing();
    }
    this.#video.muted ||= live;
    this.#frame.reset();
    this.#source = openSource(this.#video, {
      address,
      text,
      live,
      place,
      token: () => this.#tokens.token,
      onTrouble: (trouble) => attempt === this.#attempt && this.#fail(trouble),
    });
    if (!this.#source) {
      throw setbacks.undecodable();
    }
    if (place) {
      this.#noteJump(this.#wanted, place.at);
    } else {
      this.#stall.start();
    }
    if (this.#keepsStill) {
      this.#state.show("paused");
    } else {
      this.#play();
    }
  }

  #fail(error) {
    // A reload goes on where the last shown frame was.
    const at = this.mode === "recorded" && !this.#video.seeking ? this.playingAt : null;
    this.#wanted = at ? at.getTime() : this.#wanted;
    if (setbacks.isDenied(error) && this.#denials < MOST_DENIALS) {
      this.#denials += 1;
      this.#tokens.forget();
      this.#load();
      return;
    }
    const setback = setbacks.setbackOf(error);
    this.#attempt += 1;
    this.#drop();
    this.#state.show(setback.state, setback.message);
    if (setback.retry) {
      this.#failures += 1;
      this.#retry = setTimeout(() => this.#load(), delayAfter(this.#failures));
    }
  }

  #drop() {
    this.#stall.stop();
    this.#source?.destroy();
    this.#source = null;
  }

  async #play() {
    const attempt = this.#attempt;
    this.#keepsStill = false;
    try {
      await this.#video.play();
    } catch (error) {
      if (attempt !== this.#attempt || error.name !== "NotAllowedError") {
        return;
      }
      if (this.#video.muted) {
        this.#state.show("paused", "Press play.");
      } else {
        this.#video.muted = true; // browsers play sound only after a click
        this.#play();
      }
    }
  }

  #goTo(place, asked) {
    this.#noteJump(asked, place.at);
    this.#wanted = place.at;
    this.#video.currentTime = place.seconds + INSIDE_SECONDS;
    if (this.#state.name === "ended") {
      this.#play();
    }
  }

  #onVideo(name) {
    if (!this.#source) {
      return;
    }
    if (name === "playing") {
      [this.#failures, this.#denials, this.#doubtful, this.#keepsStill] = [0, 0, false, false];
      this.#state.show("playing");
    } else if (name === "pause") {
      this.#state.show("paused");
    } else if (name === "waiting") {
      this.#state.show("loading", "Loading…");
    } else if (this.mode === "live") {
      this.#doubtful = true;
      this.#fail(setbacks.offline());
    } else {
      this.#goOn();
    }
  }

  #onStall() {
    this.#doubtful = true;
    this.#load();
  }

  /** What is loaded is over: load what follows. */
  #goOn() {
    const { end } = this.#range;
    const next = this.#source.goesOnAt();
    if (next === null && end >= Date.now() - PATIENCE) {
      this.#state.show("ended", "This is the end of the footage.");
      return;
    }
    this.#range = next === null ? { start: end, end: end + AFTER } : this.#range;
    this.#wanted = next ?? end;
    this.#load();
  }

  #onStatus = ({ detail }) => {
    if (this.#state.name === "waiting" && detail.public_id === this.getAttribute("camera") && detail.badge === "online") {
      this.#load();
    }
  };

  #tellTime() {
    const now = performance.now();
    if (now - this.#toldAt < TOLD_EVERY && !this.#video.paused) {
      return;
    }
    const at = this.playingAt;
    if (at) {
      this.#toldAt = now;
      this.dispatchEvent(new CustomEvent("vms-time", { bubbles: true, detail: { at, live: this.mode === "live" } }));
    }
  }

  #noteJump(asked, shown) {
    if (shown - asked > JUMP_WORTH_TELLING) {
      const zone = this.getAttribute("zone") ?? undefined;
      this.#state.note(`No footage at ${clockTime(asked, zone)}. It goes on at ${clockTime(shown, zone)}.`);
    }
  }
}

function rangeOf(element) {
  const [start, end] = ["start", "end"].map((name) => Date.parse(element.getAttribute(name) ?? ""));
  return Number.isNaN(start) ? null : { start, end: Number.isNaN(end) ? start + AFTER : end };
}

customElements.define("vms-player", VmsPlayer);
