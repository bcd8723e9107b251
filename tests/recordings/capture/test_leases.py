"""No second recorder for a camera, whatever happens to the first, or to Redis."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from recordings.capture import leases
from recordings.capture.leases import Lease, LeaseLost

CAMERA = 900_000_001


class OwnRedis:
    """A Redis that a test may take away."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self._command += [str(folder), "--loglevel", "warning"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers; it holds nothing then."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        with redis.Redis(port=self.port) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.01)
                else:
                    return

    def stop(self) -> None:
        """Takes it away with all it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def own_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRedis]:
    """The Redis that leases are kept in."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    server = OwnRedis(tmp_path)
    server.start()
    client = redis.Redis.from_url(f"redis://127.0.0.1:{server.port}/0", socket_timeout=2, socket_connect_timeout=2)
    monkeypatch.setattr(leases, "_connection", client)
    for script in ("_TAKE", "_RELEASE"):
        source = getattr(leases, script).script
        monkeypatch.setattr(leases, script, client.register_script(source))
    yield server
    client.close()
    server.stop()


@pytest.fixture(autouse=True)
def short_leases(settings: Any) -> None:
    """0.4 s, renewed by the keeper after 0.1 s, by themselves after 0.3 s."""
    settings.RECORDER_LEASE_SECONDS = 0.4


def test_a_second_taker_is_refused_until_the_first_gives_back(own_redis: OwnRedis) -> None:
    first, second = Lease(CAMERA), Lease(CAMERA)

    with first:
        assert first.take()
        assert not second.take()
        assert leases.held_cameras([CAMERA, CAMERA + 1]) == {CAMERA}
    assert leases.held_cameras([CAMERA]) == set()
    assert second.take()


def test_other_cameras_are_free(own_redis: OwnRedis) -> None:
    assert Lease(CAMERA).take()
    assert Lease(CAMERA + 1).take()


def test_asking_of_no_camera_asks_nobody() -> None:
    assert leases.held_cameras([]) == set()


def test_a_lease_ends_by_itself_when_its_holder_dies(own_redis: OwnRedis) -> None:
    assert Lease(CAMERA).take()
    time.sleep(0.5)

    assert Lease(CAMERA).take()


def test_a_holder_that_renews_keeps_it(own_redis: OwnRedis) -> None:
    holder, other = Lease(CAMERA), Lease(CAMERA)
    holder.take()
    with holder:
        for _ in range(8):
            time.sleep(0.12)
            holder.keep()
            assert not other.take()
    assert other.take()


def test_a_holder_learns_from_its_keeper_that_another_has_the_camera(own_redis: OwnRedis) -> None:
    holder = Lease(CAMERA)
    holder.take()
    with holder:
        with redis.Redis(port=own_redis.port) as client:
            client.set(holder.key, "somebody else", px=5000)
        time.sleep(0.35)
        with pytest.raises(LeaseLost):
            holder.keep()
    assert leases.held_cameras([CAMERA]) == {CAMERA}


def test_a_holder_that_was_paused_loses_to_who_took_over(own_redis: OwnRedis) -> None:
    paused, other = Lease(CAMERA), Lease(CAMERA)
    paused.take()
    time.sleep(0.5)
    assert other.take()

    with pytest.raises(LeaseLost):
        paused.keep()


def test_a_holder_that_was_paused_goes_on_when_nobody_took_over(own_redis: OwnRedis) -> None:
    paused = Lease(CAMERA)
    paused.take()
    time.sleep(0.5)

    paused.keep()

    assert not Lease(CAMERA).take()


def test_giving_back_does_not_take_from_who_took_over(own_redis: OwnRedis) -> None:
    paused, other = Lease(CAMERA), Lease(CAMERA)
    paused.take()
    time.sleep(0.5)
    other.take()

    paused.give_back()

    assert leases.held_cameras([CAMERA]) == {CAMERA}


def test_when_redis_is_away_the_holder_records_on_and_nobody_else_begins(
    own_redis: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    holder = Lease(CAMERA)
    holder.take()
    own_redis.stop()
    time.sleep(0.32)

    holder.keep()

    assert "recording on" in caplog.text
    with pytest.raises(redis.RedisError):
        Lease(CAMERA).take()
    with pytest.raises(redis.RedisError):
        leases.held_cameras([CAMERA])
    holder.give_back()


def test_a_redis_that_is_away_is_not_asked_before_every_write(
    own_redis: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    holder = Lease(CAMERA)
    holder.take()
    own_redis.stop()
    time.sleep(0.32)
    for _ in range(100):
        holder.keep()

    assert caplog.text.count("recording on") == 1


def test_when_redis_has_lost_its_data_the_first_to_ask_gets_the_camera(own_redis: OwnRedis) -> None:
    holder, other = Lease(CAMERA), Lease(CAMERA)
    holder.take()
    own_redis.stop()
    own_redis.start()
    assert other.take()
    time.sleep(0.32)

    with pytest.raises(LeaseLost):
        holder.keep()
