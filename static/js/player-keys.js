/** The player's keyboard. */

import { toggleFullScreen } from "./full-screen.js";

const SKIP_SECONDS = 10;

/**
 * Space: play or pause. Arrows: ten seconds back and forth. f: full screen. m: sound. Comma and full stop: one frame while
 * paused. Keys with Ctrl, Alt or Meta stay the browser's.
 * @param {KeyboardEvent} event
 * @param {import("./player.js").VmsPlayer} player
 */
export function handleKey(event, player) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) {
    return;
  }
  const action = {
    " ": () => player.togglePlay(),
    ArrowLeft: () => player.skip(-SKIP_SECONDS),
    ArrowRight: () => player.skip(SKIP_SECONDS),
    f: () => toggleFullScreen(player, player.video),
    m: () => (player.video.muted = !player.video.muted),
    ",": () => player.stepFrame(-1),
    ".": () => player.stepFrame(1),
  }[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
}
