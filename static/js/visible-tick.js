/** `vms:tick` on document.body every five seconds while the page is looked at, for what has no event of its own. */

const EVERY = 5000;

function tick() {
  if (!document.hidden) {
    document.body.dispatchEvent(new CustomEvent("vms:tick"));
  }
}

setInterval(tick, EVERY);
document.addEventListener("visibilitychange", tick);
