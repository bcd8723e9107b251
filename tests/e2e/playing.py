"""A recording in the portal's player, over a moment at which something happened."""

from datetime import datetime, timedelta

from playwright.sync_api import Page

from tests.e2e.stories import Story
from tests.e2e.test_the_main_job import plays, told_instant
from tests.e2e.waiting import eventually


def plays_through(page: Page, one: Story, seconds: float) -> None:
    """From some seconds before a moment of the script to some seconds after it, without help."""
    moment = one.at(seconds)
    begin = (moment - timedelta(seconds=5)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    page.goto(f"/cameras/{one.camera.public_id}/playback/?at={begin}")
    eventually(lambda: plays(page), seconds=30)
    assert told_instant(page.locator("[data-clock]").inner_text()) < moment + timedelta(seconds=3)
    eventually(
        lambda: told_instant(page.locator("[data-clock]").inner_text()) > moment + timedelta(seconds=6), seconds=40
    )
    assert plays(page)
    assert page.locator("vms-player").get_attribute("data-state") == "playing"


def seeks(page: Page, instant: datetime) -> None:
    """Seek to an instant of which there is footage, until its frame is shown."""
    milliseconds = instant.timestamp() * 1000
    page.evaluate("at => document.querySelector('vms-player').seekTo(new Date(at))", milliseconds)
    shown = "Number(document.querySelector('vms-player').playingAt)"
    eventually(lambda: abs(page.evaluate(shown) - milliseconds) < 100, seconds=20)


def picture_size(page: Page) -> list[int]:
    """Width and height of what the player shows."""
    size: list[int] = page.evaluate(
        "(video => [video.videoWidth, video.videoHeight])(document.querySelector('vms-player video'))"
    )
    return size
