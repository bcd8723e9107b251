"""Parts of VMS die and come back: how much footage that costs, and that everything else goes on.

Two cameras publish all the while, one read by the recorder itself and one by FFmpeg. After each death recording has to
run again within 15 seconds of the part being back; a death that does not touch the way of the footage costs nothing.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page

from compose.local.supervisor import Supervisor
from tests.e2e.cameras import Encoder, StubbornCamera
from tests.e2e.footage import Footage, archive_report
from tests.e2e.people import EnrolledCamera, Person
from tests.e2e.test_the_main_job import plays
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.slow
# A group of pictures, and what arrives, is written and is smoothed meanwhile.
FRAGMENT_SECONDS = 2.0
SLACK_SECONDS = 1.0
BACK_SECONDS = 15.0


class Scene:
    """Two cameras that publish, their footage, and the programs to be killed."""

    def __init__(self, operator: Person, supervisor: Supervisor, root: Path, ingest: str) -> None:
        self.operator = operator
        self.supervisor = supervisor
        self._archive = root / "media" / "archive"
        self.cameras: dict[str, EnrolledCamera] = {}
        self.footage: dict[str, Footage] = {}
        self.publishers: list[StubbornCamera] = []
        for source in ("rtmp", "ffmpeg"):
            camera = operator.enrol(f"Read by {source}")
            operator.api("PATCH", f"/recording-policies/{camera.public_id}/", json={"stream_source": source})
            self.cameras[source] = camera
            self.footage[source] = self.footage_of(camera)
            self.publishers.append(StubbornCamera(f"{ingest}/{camera.stream}"))

    def footage_of(self, camera: EnrolledCamera) -> Footage:
        """What is kept of a camera."""
        return Footage(self._archive, camera)

    def wait_for_footage(self, instant: float, seconds: float = BACK_SECONDS) -> None:
        """Until both cameras have footage from after this instant; a fragment has to be filmed first."""
        for footage in self.footage.values():
            eventually(lambda one=footage: one.grows_beyond(instant), seconds=seconds + 2 * FRAGMENT_SECONDS)  # type: ignore[misc]

    def holes_since(self, instant: float) -> dict[str, list[tuple[float, float]]]:
        """Holes after this instant, as (how long after it one begins, how long it lasts)."""
        return {
            source: [(hole.start - instant, hole.seconds) for hole in footage.holes() if hole.end > instant]
            for source, footage in self.footage.items()
        }

    def close(self) -> None:
        for publisher in self.publishers:
            publisher.close()


@pytest.fixture(scope="module")
def people(portal: str, accounts: None) -> Iterator[Person]:
    """An operator for all tests of this module."""
    person = Person(portal, "operator@vms.example")
    yield person
    person.close()


@pytest.fixture(scope="module")
def scene(people: Person, supervisor: Supervisor, root: Path, ingest: str) -> Iterator[Scene]:
    """Both cameras publish and are recorded."""
    made = Scene(people, supervisor, root, ingest)
    made.wait_for_footage(time.time(), seconds=30)
    yield made
    made.close()


@pytest.fixture
def quiet(scene: Scene) -> Scene:
    """Both are recorded, and nothing has died for some seconds."""
    scene.wait_for_footage(time.time())
    return scene


def test_ffmpeg_killed_costs_a_fragment(quiet: Scene) -> None:
    killed_at = time.time()
    (pid,) = children_of(quiet.supervisor, "recorder", "ffmpeg")
    os.kill(pid, signal.SIGKILL)
    quiet.wait_for_footage(killed_at + 1)
    holes = quiet.holes_since(killed_at)
    assert holes["rtmp"] == []
    assert costs_a_fragment(holes["ffmpeg"])


def test_the_recorder_killed_costs_a_fragment_and_its_absence(quiet: Scene) -> None:
    killed_at = time.time()
    quiet.supervisor.kill("recorder", signal.SIGKILL)
    quiet.wait_for_footage(killed_at + 1)
    for holes in quiet.holes_since(killed_at).values():
        assert costs_a_fragment(holes)


def test_the_recorder_told_to_go_keeps_what_it_has_got(quiet: Scene) -> None:
    """A deploy: both streams are handed over to the next process."""
    told_at = time.time()
    quiet.supervisor.restart("recorder")
    quiet.wait_for_footage(told_at + 1)
    for source, holes in quiet.holes_since(told_at).items():
        assert costs_a_fragment(holes)
        causes = [one["end_cause"] for one in quiet.operator.recordings(quiet.cameras[source])]
        assert "recorder_stopped" in causes[1:3], "the file before the present one, or before a rotation since"


def test_nginx_killed_costs_a_fragment_and_its_absence(quiet: Scene) -> None:
    killed_at = time.time()
    quiet.supervisor.kill("nginx", signal.SIGKILL)
    time.sleep(3)  # its worker serves on for a moment
    eventually(lambda: portal_answers(quiet), seconds=BACK_SECONDS)
    quiet.wait_for_footage(killed_at + 3)
    for holes in quiet.holes_since(killed_at).values():
        assert costs_a_fragment(holes)


def test_a_recorder_that_was_frozen_and_wakes_up_late_writes_nothing(quiet: Scene, tmp_path: Path) -> None:
    """Another one has taken the cameras over meanwhile; what the first still has in its hands stays unwritten."""
    frozen_at = time.time()
    quiet.supervisor.kill("recorder", signal.SIGSTOP)
    files = {source: footage.files[-1] for source, footage in quiet.footage.items()}
    with another_recorder(tmp_path / "second.log"):
        quiet.wait_for_footage(frozen_at + 4, seconds=BACK_SECONDS + 10)
        sizes = {source: path.stat().st_size for source, path in files.items()}
        quiet.supervisor.kill("recorder", signal.SIGCONT)
        quiet.wait_for_footage(time.time() + 6)
    assert {source: path.stat().st_size for source, path in files.items()} == sizes
    for footage in quiet.footage.values():
        assert footage.overlaps() == []
        assert footage.complaints() == []
    quiet.wait_for_footage(time.time())


@pytest.mark.parametrize("name", ["web", "worker", "beat", "redis", "postgres"])
def test_a_part_beside_the_way_of_the_footage_killed_costs_nothing(quiet: Scene, name: str) -> None:
    killed_at = time.time()
    quiet.supervisor.kill(name, signal.SIGKILL)
    eventually(lambda: portal_answers(quiet), seconds=40)
    quiet.wait_for_footage(time.time() + 5)
    assert quiet.holes_since(killed_at) == {"rtmp": [], "ffmpeg": []}


def test_redis_and_postgresql_restarted_at_once_cost_nothing(quiet: Scene) -> None:
    restarted_at = time.time()
    quiet.supervisor.halt("redis", "postgres")
    time.sleep(3 * FRAGMENT_SECONDS)
    quiet.supervisor.start("postgres", "redis")
    eventually(lambda: portal_answers(quiet), seconds=40)
    quiet.wait_for_footage(time.time() + 5)
    assert quiet.holes_since(restarted_at) == {"rtmp": [], "ffmpeg": []}


def test_redis_that_hangs_holds_nobody_up(quiet: Scene, ingest: str) -> None:
    """A network that swallows packets looks like this: connections stand, and nothing answers.

    Who comes meanwhile is admitted at the first time of asking. The clock stands still: it is seen and recorded later.
    """
    newcomer = quiet.operator.enrol("Comes while Redis hangs")
    footage = quiet.footage_of(newcomer)
    hangs_since = time.time()
    with hanging(quiet.supervisor, "redis"), closing(Encoder(f"{ingest}/{newcomer.stream}")) as camera:
        eventually(lambda: quiet.operator.sessions(newcomer), seconds=BACK_SECONDS)
        time.sleep(max(0.0, hangs_since + 20 - time.time()))
        (session,) = quiet.operator.sessions(newcomer)
        assert camera.runs
        quiet.supervisor.kill("redis", signal.SIGCONT)
        eventually(lambda: footage.grows_beyond(hangs_since + 20), seconds=BACK_SECONDS + 2 * FRAGMENT_SECONDS)
        quiet.wait_for_footage(time.time() + 5)
        assert [one["id"] for one in quiet.operator.sessions(newcomer)] == [session["id"]]
        assert quiet.operator.is_online(newcomer)
    assert quiet.holes_since(hangs_since) == {"rtmp": [], "ffmpeg": []}


def test_a_badge_that_changed_while_redis_was_away_is_right_when_it_is_back(
    quiet: Scene, ingest: str, page_of: Callable[[str], Page]
) -> None:
    camera = quiet.operator.enrol("Goes while Redis is away")
    with closing(Encoder(f"{ingest}/{camera.stream}")) as encoder:
        eventually(lambda: quiet.operator.is_online(camera))
        page = page_of("operator")
        page.goto(f"/cameras/{camera.public_id}/")
        eventually(lambda: badge_on(page) == "Online")
        page.wait_for_timeout(1_000)  # its socket is open
        quiet.supervisor.halt("redis")
        encoder.stop()
        eventually(lambda: not quiet.operator.is_online(camera), seconds=BACK_SECONDS)
        assert badge_on(page) == "Online"
        quiet.supervisor.start("redis")
        eventually(lambda: badge_on(page) == "Offline", seconds=30)


def test_nginx_reads_its_configuration_anew_without_dropping_anybody(quiet: Scene) -> None:
    sessions = {source: session_of(quiet, source) for source in quiet.cameras}
    reloaded_at = time.time()
    quiet.supervisor.kill("nginx", signal.SIGHUP)
    quiet.wait_for_footage(time.time() + 10)
    assert quiet.holes_since(reloaded_at) == {"rtmp": [], "ffmpeg": []}
    assert {source: session_of(quiet, source) for source in quiet.cameras} == sessions


def test_a_recorder_that_starts_after_a_reload_gets_the_cameras_again(quiet: Scene) -> None:
    """Their connections are with a process that lets nobody else read them: they are asked to connect again."""
    quiet.supervisor.restart("recorder")
    quiet.wait_for_footage(time.time(), seconds=30)


def test_a_restart_of_web_is_not_seen_by_who_watches(quiet: Scene, page_of: Callable[[str], Page]) -> None:
    page = page_of("operator")
    page.goto(f"/cameras/{quiet.cameras['rtmp'].public_id}/")
    eventually(lambda: plays(page), seconds=20)
    page.evaluate("document.querySelector('vms-player video').dataset.sameElement = 'yes'")
    loads = count_loads(page)
    quiet.supervisor.halt("web")
    page.wait_for_timeout(12_000)
    assert plays(page)
    quiet.supervisor.start("web")
    eventually(lambda: portal_answers(quiet), seconds=40)
    page.wait_for_timeout(6_000)
    assert plays(page)
    assert page.evaluate("document.querySelector('vms-player video').dataset.sameElement") == "yes"
    assert count_loads(page) == loads


def test_after_all_that_the_archive_is_in_order_and_plays(scene: Scene, page_of: Callable[[str], Page]) -> None:
    """The last of this module: every file of both cameras, and one player over all of it."""
    for publisher in scene.publishers:
        publisher.close()
    for source, camera in scene.cameras.items():
        eventually(lambda one=camera: all(row["ended_at"] for row in scene.operator.recordings(one)))  # type: ignore[misc]
        assert scene.footage[source].overlaps() == []
        assert scene.footage[source].complaints() == []
    assert archive_report().startswith("0 problems"), archive_report()
    page = page_of("operator")
    for camera in scene.cameras.values():
        broken_off = [one for one in scene.operator.recordings(camera) if one["end_cause"] != "rotated"]
        for recording in broken_off:
            page.goto(f"/cameras/{camera.public_id}/playback/?at={recording['started_at']}")
            eventually(lambda: plays(page), seconds=20)


@contextmanager
def hanging(supervisor: Supervisor, name: str) -> Iterator[None]:
    """A program that stands still, until it is told to go on or the block is over."""
    supervisor.kill(name, signal.SIGSTOP)
    try:
        yield
    finally:
        supervisor.kill(name, signal.SIGCONT)


@contextmanager
def another_recorder(log: Path) -> Iterator[None]:
    """A second process that takes work from the same node's queue, until the block is over."""
    words = "worker -n second@%h -Q recorder.local -P threads -c 8 --without-gossip --without-mingle"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "celery", "-A", "vms", *words.split()]
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def costs_a_fragment(holes: list[tuple[float, float]]) -> bool:
    """One hole, that begins at most a fragment before the death and is over in time; none when it fell between two."""
    if not holes:
        return True
    (after, seconds), *more = holes
    assert more == [], holes
    assert after > -(FRAGMENT_SECONDS + SLACK_SECONDS), holes
    assert seconds < BACK_SECONDS + FRAGMENT_SECONDS + SLACK_SECONDS, holes
    return True


def children_of(supervisor: Supervisor, program: str, name: str) -> list[int]:
    """Processes of this name that a program has started."""
    parent = supervisor.pid(program)
    found = subprocess.run(["pgrep", "-P", str(parent), "-x", name], check=False, capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def portal_answers(scene: Scene) -> bool:
    """Whether nginx, web, PostgreSQL and Redis do their work again, and the cameras are back."""
    try:
        works = scene.operator.get("/api/v1/cameras/").status_code == 200
    except httpx2.TransportError:
        return False
    return works and all(scene.operator.is_online(camera) for camera in scene.cameras.values())


def session_of(scene: Scene, source: str) -> Any:
    """The open publish of a camera."""
    return next(one["id"] for one in scene.operator.sessions(scene.cameras[source]) if not one["ended_at"])


def badge_on(page: Page) -> str:
    """What the badge of a camera's page says."""
    return page.locator("[data-camera-badge]").first.inner_text()


def count_loads(page: Page) -> int:
    """How many documents the tab has loaded: a reload would be one more."""
    loads: int = page.evaluate("performance.getEntriesByType('navigation').length")
    return loads
