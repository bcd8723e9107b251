"""The main job, as a person does it in a browser: enrol a camera, connect it, watch it, play back what was recorded."""

import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.burnt_in_clock import frame_of, is_black, shown_instant
from tests.e2e.cameras import SMALL, Encoder, small
from tests.e2e.people import Person
from tests.e2e.waiting import eventually

Publish = Callable[..., Encoder]
PageOf = Callable[[str], Page]


def media_seconds(page: Page) -> float:
    """How far the video has played."""
    seconds: float = page.evaluate("document.querySelector('vms-player video').currentTime")
    return seconds


def plays(page: Page) -> bool:
    """Whether a picture is shown and moves on."""
    before = media_seconds(page)
    page.wait_for_timeout(600)
    return media_seconds(page) > before > 0 and not is_black(frame_of(page))


def enrol(page: Page, name: str) -> str:
    """Fill in the enrolment form; the camera's public id."""
    page.goto("/cameras/")
    page.get_by_role("link", name=re.compile("Enrol a camera|Enrol the first camera")).click()
    page.get_by_label("Serial number").fill(f"MAIN-{uuid4().hex[:8]}")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Site").select_option(label="Test site")
    page.get_by_role("button", name="Enrol").click()
    page.wait_for_url(re.compile(r"/cameras/[a-z2-7]{12}/keys/new/"))
    return page.url.split("/")[4]


def test_from_enrolment_to_playback_over_a_file_border_and_a_gap(
    page_of: PageOf, publish: Publish, operator: Person
) -> None:
    operator.enrol(site="Test site")
    page = page_of("operator")
    public_id = enrol(page, "Main entrance")
    line = copied_ffmpeg_line(page)
    connects_with_the_printed_line(page, publish, line)

    encoder = publish("", argv=small(shlex.split(line)))
    badge = badge_in_the_list(page, public_id)
    expect(badge).to_have_text("Online", timeout=20_000)
    watches_live(page, public_id)
    border = eventually(lambda: closed(operator, public_id), seconds=60)[0]["ended_at"]
    plays_over_the_border(page, public_id, datetime.fromisoformat(border))
    seeks_with_the_keyboard(page)

    stopped_at = datetime.now(UTC)
    badge = badge_in_the_list(page, public_id)
    encoder.stop()
    expect(badge).to_have_text("Offline", timeout=5000)
    page.wait_for_timeout(4000)
    publish("", argv=small(shlex.split(line)))
    expect(badge).to_have_text("Online", timeout=20_000)
    page.wait_for_timeout(6000)
    goes_to_the_gap(page, public_id, stopped_at)

    page.get_by_role("button", name="Live").click()
    eventually(lambda: plays(page), seconds=20)
    live = eventually(lambda: shown_instant(page, near=datetime.now(UTC)))
    assert datetime.now(UTC) - live < timedelta(seconds=15)


def copied_ffmpeg_line(page: Page) -> str:
    """The printed line, copied with its button, on the page that shows the key this once."""
    page.get_by_text("shown this once").wait_for()
    page.locator("[data-copy='ffmpeg-line']").click()
    line: str = page.evaluate("navigator.clipboard.readText()")
    assert line == page.locator("#ffmpeg-line").input_value()
    page.get_by_text("Waiting for the camera").wait_for()
    return line


def connects_with_the_printed_line(page: Page, publish: Publish, line: str) -> None:
    """Run as printed, it connects; the key is not shown again."""
    encoder = publish("", argv=shlex.split(line))
    page.get_by_text("Connected: video flows").wait_for(timeout=20_000)
    page.reload()
    assert "YOUR-STREAM-KEY" in page.locator("#ffmpeg-line").input_value()
    encoder.stop()
    page.get_by_text("Waiting for the camera").wait_for(timeout=5000)


def badge_in_the_list(page: Page, public_id: str) -> Locator:
    """The camera's badge in a list that is not loaded again."""
    page.goto("/cameras/?q=Main+entrance")
    return page.locator(f"[data-camera-badge='{public_id}']").first


def watches_live(page: Page, public_id: str) -> None:
    """The live picture moves, and its clock is a few seconds late at most."""
    page.goto(f"/cameras/{public_id}/")
    eventually(lambda: plays(page), seconds=20)
    live = eventually(lambda: shown_instant(page, near=datetime.now(UTC)))
    assert timedelta(0) <= datetime.now(UTC) - live < timedelta(seconds=12)
    eventually(lambda: "H.264" in page.locator("main").inner_text())


def closed(operator: Person, public_id: str) -> list[dict[str, Any]]:
    """Files of the second publish that have been rotated away."""
    recordings = operator.api("GET", "/recordings/", params={"camera": public_id})["results"]
    return [one for one in recordings if one["end_cause"] == "rotated" and one["height"] == SMALL.height]


def plays_over_the_border(page: Page, public_id: str, border: datetime) -> None:
    """From file to file without a hitch; the clock in the picture is the clock of the page."""
    at = border - timedelta(seconds=4)
    eventually(lambda: datetime.now(UTC) > border + timedelta(seconds=12), seconds=30)
    page.goto(f"/cameras/{public_id}/playback/?at={at.isoformat().replace('+00:00', 'Z')}")
    eventually(lambda: plays(page), seconds=20)
    shown = at
    for _ in range(8):
        told = page.locator("[data-clock]").inner_text()
        seen = shown_instant(page, near=at + timedelta(seconds=4))
        assert seen is not None
        assert abs((told_instant(told) - seen).total_seconds()) < 2.5, told
        shown = seen
        page.wait_for_timeout(1000)
    assert shown > border
    assert page.locator("vms-player").get_attribute("data-state") == "playing"


def seeks_with_the_keyboard(page: Page) -> None:
    """Home goes to the day's first footage."""
    before = told_instant(page.locator("[data-clock]").inner_text())
    page.locator("vms-timeline canvas").focus()
    page.keyboard.press("Home")
    eventually(lambda: told_instant(page.locator("[data-clock]").inner_text()) < before)
    eventually(lambda: plays(page), seconds=20)


def goes_to_the_gap(page: Page, public_id: str, stopped_at: datetime) -> None:
    """The gap is in the table and on the timeline, with its cause."""
    page.goto(f"/cameras/{public_id}/playback/?at={stopped_at.isoformat(timespec='seconds').replace('+00:00', 'Z')}")
    page.get_by_text("No footage: The camera stopped publishing").first.wait_for()
    page.get_by_role("button", name="‹ Gap").click()
    expect(page.locator("[data-gap]")).to_contain_text("The camera stopped publishing")
    eventually(lambda: plays(page), seconds=20)


def told_instant(words: str) -> datetime:
    """The instant of the page's clock, "Wed 25 Nov 2026, 11:33:19 CET"; the test site is in Berlin."""
    from zoneinfo import ZoneInfo

    clock = datetime.strptime(words.rsplit(" ", 1)[0], "%a %d %b %Y, %H:%M:%S")  # noqa: DTZ007  (the zone is added)
    return clock.replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def test_an_installer_sees_within_a_second_why_the_camera_cannot_connect(
    page_of: PageOf, publish: Publish, operator: Person, ingest: str
) -> None:
    operator.enrol(site="Test site")
    page = page_of("operator")
    public_id = enrol(page, "Back door")
    page.get_by_text("Waiting for the camera").wait_for()
    publish(f"{ingest}/{public_id}?key=wrong").ended()
    expect(page.get_by_text("The stream key is wrong")).to_be_visible(timeout=1500)


def test_a_viewer_watches_what_was_granted_and_cannot_find_the_rest(
    page_of: PageOf,
    publish: Publish,
    operator: Person,
    ingest: str,
    administer: Callable[[str], None],
) -> None:
    granted, hidden = operator.enrol("Granted one", site="Lobby"), operator.enrol("Hidden one", site="Vault")
    administer("places.grant_view(user=viewer, site=Site.objects.get(name='Lobby'), actor=SYSTEM)")
    publish(f"{ingest}/{granted.stream}")
    publish(f"{ingest}/{hidden.stream}")
    eventually(lambda: operator.is_online(granted) and operator.is_online(hidden))
    page = page_of("viewer")
    expect(page.get_by_role("link", name="Granted one")).to_be_visible()
    expect(page.get_by_text("Hidden one")).to_have_count(0)
    page.goto(f"/cameras/{granted.public_id}/")
    eventually(lambda: plays(page), seconds=20)
    expect(page.get_by_text("rtmp://")).to_have_count(0)
    answer = page.goto(f"/cameras/{hidden.public_id}/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("Hidden one")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_pages_fit_their_width_in_dark_and_light(page_of: PageOf, operator: Person, width: int, scheme: str) -> None:
    camera = operator.enrol("A camera with a rather long name over the main entrance of the building")
    page = page_of("operator")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    paths = ["/cameras/", "/cameras/enrol/", f"/cameras/{camera.public_id}/", f"/cameras/{camera.public_id}/playback/"]
    for path in [*paths, "/nodes/", "/api/v1/docs/"]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        page.wait_for_timeout(300)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0 or path.startswith("/api/"), f"{path} is {overflow} px too wide"
