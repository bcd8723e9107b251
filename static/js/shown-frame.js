/** Which frame of a <video> is on the screen, and how long frames last. */

const USUAL_FRAME_SECONDS = 1 / 25;

/** Watches a video. Where the browser does not tell of frames, `currentTime` stands in. */
export class ShownFrame {
  /** @param {HTMLVideoElement} video @param {() => void} onFrame called for each frame that was shown */
  constructor(video, onFrame) {
    this.video = video;
    this.onFrame = onFrame;
    this.frameSeconds = USUAL_FRAME_SECONDS;
    this.last = null;
    if ("requestVideoFrameCallback" in video) {
      this.#next();
    } else {
      video.addEventListener("timeupdate", onFrame);
    }
  }

  /** Media time of the shown frame in seconds. */
  get seconds() {
    return this.last && !this.video.seeking ? this.last.mediaTime : this.video.currentTime;
  }

  /** Forget: the video is given something else to play. */
  reset() {
    this.last = null;
    this.frameSeconds = USUAL_FRAME_SECONDS;
  }

  #next() {
    this.video.requestVideoFrameCallback((_, { mediaTime, presentedFrames }) => {
      const frames = this.last ? presentedFrames - this.last.presentedFrames : 0;
      const each = frames ? (mediaTime - this.last.mediaTime) / frames : 0;
      if (each > 0.004 && each < 1) {
        this.frameSeconds = each;
      }
      this.last = { mediaTime, presentedFrames };
      this.onFrame();
      this.#next();
    });
  }
}
