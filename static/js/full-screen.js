/** Full screen for an element; where only videos may fill the screen (iPhone), for its video. */

/** @param {HTMLElement} element @param {HTMLVideoElement} video */
export function toggleFullScreen(element, video) {
  if (document.fullscreenElement) {
    document.exitFullscreen();
  } else if (element.requestFullscreen) {
    element.requestFullscreen().catch(() => {}); // refused outside a click or key: stay as it is
  } else {
    video.webkitEnterFullscreen?.();
  }
}
