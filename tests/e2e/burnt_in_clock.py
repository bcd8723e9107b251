"""Reads the clock that a test camera burns into its picture, from a frame that Chromium has decoded."""

import subprocess
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from playwright.sync_api import Page

WIDTH, HEIGHT = 320, 180
_CLOCK = "fontsize=h/12:fontcolor=white:box=1:boxcolor=black:boxborderw=8:x=(w-tw)/2:y=h-2*lh"
# Within the clock's black box, where the rest of the picture does not show.
_TOP, _BOTTOM = 157, 171
_LEFT, _RIGHT = 66, 254
_GRAB = """([width, height]) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.drawImage(document.querySelector("vms-player video"), 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return Array.from({ length: width * height }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3 | 0);
}"""


def frame_of(page: Page) -> list[int]:
    """The player's present frame in grey, row by row."""
    pixels: list[int] = page.evaluate(_GRAB, [WIDTH, HEIGHT])
    return pixels


def is_black(frame: list[int]) -> bool:
    """Whether there is no picture in it."""
    return max(frame) < 32


def clock_on(frame: list[int], *, near: datetime, seconds: int = 30) -> datetime | None:
    """The instant on the burnt-in clock, if it lies within some seconds of `near`; None when no instant fits well."""
    seen = _letters(frame)
    first = near.replace(microsecond=0) - timedelta(seconds=seconds)
    pictures = _rendered(int(first.timestamp()), 2 * seconds + 1)
    likeness = [_likeness(seen, picture) for picture in pictures]
    best = max(range(len(likeness)), key=likeness.__getitem__)
    return first + timedelta(seconds=best) if likeness[best] > 0.95 else None


def shown_instant(page: Page, *, near: datetime) -> datetime | None:
    """What the clock in the player says now."""
    return clock_on(frame_of(page), near=near.astimezone(UTC))


@lru_cache(maxsize=8)
def _rendered(first_epoch_seconds: int, count: int) -> list[list[int]]:
    """What the clock looks like at each of so many seconds."""
    text = rf"drawtext=text=%{{pts\\:gmtime\\:{first_epoch_seconds}}} UTC:{_CLOCK}"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"color=black:size={WIDTH}x{HEIGHT}:rate=1", "-vf", text]
    command += ["-frames:v", str(count), "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    size = WIDTH * HEIGHT
    return [_letters(list(raw[size * number : size * (number + 1)])) for number in range(count)]


def _letters(frame: list[int]) -> list[int]:
    return [frame[WIDTH * y + x] for y in range(_TOP, _BOTTOM) for x in range(_LEFT, _RIGHT)]


def _likeness(one: list[int], other: list[int]) -> float:
    """Correlation: 1 when they agree entirely."""
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    together = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    size_one = sum((a - mean_one) ** 2 for a in one)
    size_other = sum((b - mean_other) ** 2 for b in other)
    return float(together / ((size_one * size_other) ** 0.5 or 1))
