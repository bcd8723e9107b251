/** Pointers and wheel on a timeline: click or tap, drag, pinch, wheel, hover. */

const DRAG_FROM = 5;
const WHEEL_FACTOR = 1.0015;

/**
 * @param {HTMLElement} surface
 * @param {object} on
 * @param {(x: number) => void} on.choose a click or tap, in CSS pixels from the left border
 * @param {(pixels: number) => void} on.pan to the left when positive
 * @param {(factor: number, x: number) => boolean} on.zoom around a pixel; says whether anything changed
 * @param {(x: number | null) => void} on.hover null when the mouse has left
 */
export function watchGestures(surface, on) {
  const pointers = new Map();
  let moved = false;
  const xOf = (event) => event.clientX - surface.getBoundingClientRect().left;

  surface.addEventListener("pointerdown", (event) => {
    if (event.button === 0) {
      moved = pointers.size > 0;
      pointers.set(event.pointerId, { x: xOf(event), from: xOf(event) });
      surface.setPointerCapture(event.pointerId);
    }
  });
  surface.addEventListener("pointermove", (event) => {
    const x = xOf(event);
    const pointer = pointers.get(event.pointerId);
    if (!pointer) {
      on.hover(x);
      return;
    }
    moved ||= Math.abs(x - pointer.from) > DRAG_FROM;
    if (pointers.size === 2) {
      pinch(pointers, event.pointerId, x, on);
    } else if (moved) {
      on.pan(pointer.x - x);
    }
    if (moved) {
      pointer.x = x;
    }
  });
  surface.addEventListener("pointerup", (event) => {
    const tapped = pointers.delete(event.pointerId) && !moved && pointers.size === 0;
    if (tapped) {
      on.choose(xOf(event));
    }
  });
  surface.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  surface.addEventListener("pointerleave", () => on.hover(null));
  surface.addEventListener(
    "wheel",
    (event) => {
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        on.pan(event.deltaX * pixels);
        event.preventDefault();
      } else if (on.zoom(WHEEL_FACTOR ** (event.deltaY * pixels), xOf(event))) {
        event.preventDefault(); // else the page scrolls: a timeline that is all shown does not hold the wheel
      }
    },
    { passive: false },
  );
}

function pinch(pointers, movedId, x, on) {
  const other = [...pointers].find(([id]) => id !== movedId)[1];
  const before = Math.abs(pointers.get(movedId).x - other.x);
  const after = Math.abs(x - other.x);
  if (before > 10 && after > 10) {
    on.zoom(before / after, (x + other.x) / 2);
  }
  pointers.get(movedId).x = x;
}
