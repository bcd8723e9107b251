/** Notices a video that stands still although it should play. */

const LOOKED_EVERY = 1000;

export class StallWatch {
  #timer;

  /** @param {HTMLVideoElement} video @param {number} seconds of standing still @param {() => void} onStall */
  constructor(video, seconds, onStall) {
    Object.assign(this, { video, seconds, onStall });
  }

  start() {
    this.stop();
    let [shown, movedAt] = [-1, performance.now()];
    this.#timer = setInterval(() => {
      const { currentTime, paused } = this.video;
      if (paused || currentTime !== shown) {
        [shown, movedAt] = [currentTime, performance.now()];
      } else if (performance.now() - movedAt > this.seconds * 1000) {
        this.stop();
        this.onStall();
      }
    }, LOOKED_EVERY);
  }

  stop() {
    clearInterval(this.#timer);
  }
}
