"""In headless Chromium: first live frame, lateness of the live picture by the clock in it, seeks in a recorded hour."""

from __future__ import annotations

import random
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright

from bench.load import usual_clip
from bench.quantiles import spread_of
from bench.results import Goal, Report
from bench.under_test import EVERYTHING, PASSWORD, UnderTest, add_operator, enrol, vms
from tests.e2e import burnt_in_clock as clock
from tests.e2e.cameras import Encoder

if TYPE_CHECKING:
    from recordings.models import Recording

NAME = "browser"
_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_CHROMIUM += ["--disable-component-update", "--disable-sync"]
_WARM_UP_MS = 12_000
_CLOCK_TOP = 150  # no clock above this row
_SMALLEST_SEEK_SECONDS = 60

# A new player takes the place of the old one; the time until its first frame is shown.
_FIRST_LIVE_FRAME = """() => new Promise((resolve, reject) => {
    const old = document.querySelector("vms-player");
    const player = document.createElement("vms-player");
    for (const { name, value } of old.attributes) {
        if (!["tabindex", "data-state"].includes(name)) player.setAttribute(name, value);
    }
    setTimeout(() => reject(new Error("no frame in 20 s")), 20000);
    const before = performance.now();
    old.replaceWith(player);
    player.video.requestVideoFrameCallback(() => resolve(performance.now() - before));
})"""
# The clock's rows of each frame for some seconds, with the instant at which the frame was on the canvas.
_CLOCK_ROWS = """([width, height, top, seconds]) => new Promise((resolve) => {
    const { video } = document.querySelector("vms-player");
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const until = performance.now() + seconds * 1000;
    let stalls = 0;
    video.addEventListener("waiting", () => { stalls += 1; });
    const shown = [];
    const look = () => {
        context.drawImage(video, 0, 0, width, height);
        const at = Date.now();
        const { data } = context.getImageData(0, top, width, height - top);
        shown.push([at, String.fromCharCode(...data.filter((_, place) => place % 4 === 1))]);
        if (performance.now() < until) video.requestVideoFrameCallback(look); else resolve([stalls, shown]);
    };
    setTimeout(() => resolve([stalls, shown]), seconds * 1000 + 5000); // a picture that stands still tells nothing
    video.requestVideoFrameCallback(look);
})"""
_SEEK = """(instant) => new Promise((resolve, reject) => {
    const player = document.querySelector("vms-player");
    const { video } = player;
    let sought = false;
    video.addEventListener("seeking", () => { sought = true; }, { once: true });
    const look = (_, { mediaTime }) => {
        if (sought && !video.seeking && Math.abs(mediaTime - video.currentTime) < 1) resolve(performance.now() - before);
        else video.requestVideoFrameCallback(look);
    };
    setTimeout(() => reject(new Error("no frame in 20 s")), 20000);
    video.requestVideoFrameCallback(look);
    const before = performance.now();
    player.seekTo(new Date(instant));
})"""


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--seeks", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=12, help="for which the live clock is read")


def run(wish: Namespace) -> None:
    """One live camera with a clock in its picture, and another with a recorded hour."""
    footage = usual_clip()
    report = Report(NAME, wish.results)
    with vms(*EVERYTHING) as under_test:
        live, recorded = enrol(2)
        hour = _recorded_hour(recorded.public_id, footage)
        email = add_operator()
        encoder = Encoder(f"rtmp://127.0.0.1:{under_test.rtmp_port}/ingest/{live.stream}")
        try:
            with _page(under_test, email) as page:
                _live(report, page, live.public_id, wish)
                _seeks(report, page, recorded.public_id, hour, wish.seeks)
        finally:
            encoder.close()


def _recorded_hour(public_id: str, footage: Path) -> Recording:
    from bench.footage import add_hour  # noqa: PLC0415  (Django has been set up by `vms`)
    from cameras.models import Camera  # noqa: PLC0415

    return add_hour(Camera.objects.get(public_id=public_id), footage, ended_ago=timedelta(minutes=10))


@contextmanager
def _page(under_test: UnderTest, email: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_CHROMIUM)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=under_test.stack.portal).new_page()
        page.goto("/sign-in/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/cameras/")
        yield page
        browser.close()


def _live(report: Report, page: Page, public_id: str, wish: Namespace) -> None:
    page.wait_for_timeout(_WARM_UP_MS)
    page.goto(f"/cameras/{public_id}/")
    starts = []
    for _ in range(wish.starts):
        page.wait_for_timeout(700)
        starts.append(page.evaluate(_FIRST_LIVE_FRAME))
    spread = spread_of(starts)
    report.add(
        "first live frame after play", {"ms": spread}, [Goal("first live frame, p95", spread["p95"], 1500, "ms")]
    )
    page.wait_for_timeout(_WARM_UP_MS)
    stalls, lateness = _lateness(page, wish.seconds)
    settled = spread_of(lateness)
    measured = {"seconds": settled, "stalls": stalls, "watched_seconds": wish.seconds}
    report.add("camera to canvas, live HLS", measured, [Goal("lateness, max", settled["max"], 4, "s")])


def _lateness(page: Page, seconds: int) -> tuple[int, list[float]]:
    """How often the player stalled, and by how many seconds each second of the burnt-in clock came late.

    Told at the frame on which the clock moves on.
    """
    stalls: int
    shown: list[tuple[int, str]]
    stalls, shown = page.evaluate(_CLOCK_ROWS, [clock.WIDTH, clock.HEIGHT, _CLOCK_TOP, seconds])
    late, before = [], None
    for at_ms, rows in shown:
        told = _read_clock([0] * (clock.WIDTH * _CLOCK_TOP) + [ord(pixel) for pixel in rows], at_ms)
        if told is not None and before is not None and told > before:
            late.append(at_ms / 1000 - told.timestamp())
        before = told or before
    if not late:
        raise RuntimeError("the clock in the picture could not be read")
    return stalls, late


def _read_clock(frame: list[int], at_ms: int) -> datetime | None:
    near = datetime.fromtimestamp(at_ms // 4000 * 4 - 4, UTC)  # the same for many frames: what it looks like is cached
    return clock.clock_on(frame, near=near, seconds=8)


def _seeks(report: Report, page: Page, public_id: str, hour: Recording, count: int) -> None:
    assert hour.ended_at is not None  # noqa: S101  (it is closed)
    middle = hour.started_at + timedelta(minutes=30)
    page.goto(f"/cameras/{public_id}/playback/?at={middle.isoformat(timespec='seconds').replace('+00:00', 'Z')}")
    page.locator("vms-player[data-state=playing]").wait_for()
    page.evaluate("(at) => document.querySelector('vms-player').seekTo(new Date(at))", _ms(hour.started_at) + 300_000)
    page.wait_for_timeout(3000)
    choice = random.Random(11)  # noqa: S311  (the same seeks in every run)
    times, at_seconds = [], 300
    for _ in range(count):
        at_seconds = _elsewhere(choice, at_seconds)
        times.append(page.evaluate(_SEEK, _ms(hour.started_at) + at_seconds * 1000))
        page.wait_for_timeout(300)
    spread = spread_of(times)
    report.add("seek in a recorded hour", {"ms": spread}, [Goal("seek to first frame, p95", spread["p95"], 300, "ms")])


def _elsewhere(choice: random.Random, at_seconds: int) -> int:
    """A place so far away that it is not in the player's buffer."""
    while True:
        place = choice.randint(30, 3500)
        if abs(place - at_seconds) > _SMALLEST_SEEK_SECONDS:
            return place


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
