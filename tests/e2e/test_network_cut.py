"""A camera's network goes away without a word, for a moment and for longer, and comes back."""

import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streaming.ffmpeg.commands import publish_picture_command
from tests.e2e.cameras import SMALL, StubbornCamera
from tests.e2e.footage import Footage
from tests.e2e.own_stack import OwnStack, network_namespace, own_stack, run
from tests.e2e.people import EnrolledCamera, Person
from tests.e2e.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.own_stack,
    pytest.mark.timeout(400),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a network of its own"),
]
CUTS_SECONDS = (5, 20, 120)
BACK_SECONDS = 15
NETS = 64  # of four addresses each
NOBODY = "02:00:00:00:00:99"


class Wire:
    """A network namespace with a camera in it, and the wire from there to VMS (TEST-NET-2, RFC 5737)."""

    def __init__(self, net: int) -> None:
        self.namespace = f"vms-test-{net}"
        self._here, self._there = f"vmstest{net}a", f"vmstest{net}b"
        self.host = f"198.51.100.{4 * net + 1}"
        self._camera = f"198.51.100.{4 * net + 2}"

    def lay(self) -> None:
        self.take_up()  # what a test that was killed has left lying
        run("ip", "netns", "add", self.namespace)
        run("ip", "link", "add", self._here, "type", "veth", "peer", "name", self._there, "netns", self.namespace)
        run("ip", "addr", "add", f"{self.host}/30", "dev", self._here)
        run("ip", "link", "set", self._here, "up")
        run("ip", "-n", self.namespace, "addr", "add", f"{self._camera}/30", "dev", self._there)
        run("ip", "-n", self.namespace, "link", "set", self._there, "up")

    def cut(self) -> None:
        """Packets of both directions go to nobody; neither side is told."""
        run("ip", "neigh", "replace", self._camera, "lladdr", NOBODY, "dev", self._here, "nud", "permanent")
        there = ("ip", "-n", self.namespace, "neigh", "replace")
        run(*there, self.host, "lladdr", NOBODY, "dev", self._there, "nud", "permanent")

    def mend(self) -> None:
        run("ip", "neigh", "del", self._camera, "dev", self._here)
        run("ip", "-n", self.namespace, "neigh", "del", self.host, "dev", self._there)

    def take_up(self) -> None:
        subprocess.run(["ip", "link", "del", self._here], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", self.namespace], check=False, capture_output=True)


class DistantCamera:
    """Publishes over a wire of its own, and gives up a connection over which nothing goes for eight seconds."""

    def __init__(self, stack: OwnStack, operator: Person, wire: Wire) -> None:
        self.wire = wire
        self.camera: EnrolledCamera = operator.enrol()
        self.footage: Footage = stack.footage_of(self.camera)
        url = stack.publish_url(self.camera, host=wire.host)
        *command, url = publish_picture_command("ffmpeg", url, picture=SMALL)
        argv = [*network_namespace(wire.namespace), *command, "-rw_timeout", "8000000", url]
        self._publisher = StubbornCamera(url, argv=argv)
        self.cut_at = self.mended_at = 0.0

    def close(self) -> None:
        self._publisher.close()


@contextmanager
def wires(count: int) -> Iterator[list[Wire]]:
    with ExitStack() as held:
        laid = [Wire(held.enter_context(a_free_net())) for _ in range(count)]
        for wire in laid:
            held.callback(wire.take_up)
            wire.lay()
        yield laid


@contextmanager
def a_free_net() -> Iterator[int]:
    """A net that no other run on this machine uses, told by locks that end with the process that holds them."""
    for net in range(NETS):
        with Path(tempfile.gettempdir(), f"vms-test-net-{net}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield net
            return
    pytest.fail("no net is free")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[OwnStack]:
    """Cameras of other machines may come."""
    with own_stack(tmp_path, {"VMS_BIND_ADDRESS": "0.0.0.0"}) as running:
        yield running


def gaps_of(operator: Person, camera: EnrolledCamera) -> list[dict[str, Any]]:
    """Gaps after the first footage."""
    now = datetime.now(UTC)
    asked = {"camera": camera.public_id, "start": (now - timedelta(minutes=6)).isoformat(), "end": now.isoformat()}
    found = operator.api("GET", "/coverage/", params=asked)["gaps"]
    return [one for one in found if one["cause"] != "never_published"]


def test_cameras_come_back_after_their_network_was_away(stack: OwnStack) -> None:
    operator = stack.operator()
    with wires(len(CUTS_SECONDS)) as laid:
        cameras = [DistantCamera(stack, operator, wire) for wire in laid]
        try:
            for one in cameras:
                eventually(lambda one=one: one.footage.until, seconds=60)  # type: ignore[misc]
            time.sleep(6)
            cut_all_and_mend_each(cameras)
            for one in cameras:
                eventually(lambda one=one: one.footage.grows_beyond(one.mended_at + 1), seconds=BACK_SECONDS + 5)  # type: ignore[misc]
            time.sleep(8)
        finally:
            for one in cameras:
                one.close()
    for one in cameras:
        eventually(lambda one=one: all(row["ended_at"] for row in operator.recordings(one.camera)))  # type: ignore[misc]
    short, *long = cameras
    assert short.footage.holes() == [], "what the camera kept in its buffer for five seconds is there"
    assert len(operator.sessions(short.camera)) == 1
    for one in long:
        comes_back_with_one_gap(operator, one)
    for one in cameras:
        assert one.footage.complaints() == []
        assert one.footage.overlaps() == []
    assert stack.manage("check_archive").startswith("0 problems")


def cut_all_and_mend_each(cameras: list[DistantCamera]) -> None:
    """At the same moment, and each after its own time."""
    for one in cameras:
        one.wire.cut()
        one.cut_at = time.time()
    for one, seconds in zip(cameras, CUTS_SECONDS, strict=True):
        time.sleep(max(0, one.cut_at + seconds - time.time()))
        one.wire.mend()
        one.mended_at = time.time()


def comes_back_with_one_gap(operator: Person, one: DistantCamera) -> None:
    (hole,) = one.footage.holes()
    assert -4 < hole.start - one.cut_at < 2, "footage goes on until the network went away"
    assert hole.end - one.mended_at < BACK_SECONDS
    told = gaps_of(operator, one.camera)
    gaps = [gap for gap in told if datetime.fromisoformat(gap["end"]).timestamp() < hole.end + 1]
    assert [gap["cause"] for gap in gaps] == ["idle_socket"], gaps
    (gap,) = gaps
    length = datetime.fromisoformat(gap["end"]) - datetime.fromisoformat(gap["start"])
    assert abs(length.total_seconds() - hole.seconds) < 1
    assert len(operator.sessions(one.camera)) == 2, "the camera was let in at its first knock"
    assert operator.attempts(one.camera) == []
