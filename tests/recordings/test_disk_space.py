"""Room runs short with a warning, once, and the warning is called off, once."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recordings import disk_space
from recordings.disk_space import WriteRate
from recordings.models import StorageTier
from recordings.signals import tier_has_room, tier_nearly_full

pytestmark = pytest.mark.django_db


@pytest.fixture
def alarms() -> Iterator[list[tuple[str, float | None]]]:
    """What the floor above is told, with the hours that are left."""
    heard: list[tuple[str, float | None]] = []

    def hear_short(hours_left: float | None, **kwargs: Any) -> None:
        heard.append(("nearly full", hours_left))

    def hear_room(**kwargs: Any) -> None:
        heard.append(("has room", None))

    tier_nearly_full.connect(hear_short)
    tier_has_room.connect(hear_room)
    yield heard
    tier_nearly_full.disconnect(hear_short)
    tier_has_room.disconnect(hear_room)


def free(tier: StorageTier) -> int:
    return disk_space.free_bytes(Path(tier.root))


def test_free_bytes_are_those_that_a_recorder_may_use(tier: StorageTier) -> None:
    facts = os.statvfs(tier.root)

    assert 0 < free(tier) <= facts.f_blocks * facts.f_frsize


def test_a_recorder_stops_at_the_floor_and_starts_only_above_it(tier: StorageTier, settings: Any) -> None:
    root, room = Path(tier.root), free(tier)

    settings.RECORDING_MIN_FREE_BYTES = room // 2
    assert (disk_space.is_full(root), disk_space.has_room(root)) == (False, True)
    settings.RECORDING_MIN_FREE_BYTES = int(room * 0.95)
    assert (disk_space.is_full(root), disk_space.has_room(root)) == (False, False)
    settings.RECORDING_MIN_FREE_BYTES = room * 2
    assert (disk_space.is_full(root), disk_space.has_room(root)) == (True, False)


def test_the_alarm_is_raised_once_and_called_off_once(
    tier: StorageTier, settings: Any, alarms: list[tuple[str, float | None]]
) -> None:
    disk_space.watch(tier, bytes_per_second=0)
    assert alarms == []

    settings.RECORDING_MIN_FREE_BYTES = free(tier)
    for _ in range(3):
        disk_space.watch(tier, bytes_per_second=0)
    assert alarms == [("nearly full", None)]
    assert disk_space.tiers_short_of_room()[tier.pk] > 0

    settings.RECORDING_MIN_FREE_BYTES = 0
    for _ in range(3):
        disk_space.watch(tier, bytes_per_second=0)
    assert alarms == [("nearly full", None), ("has room", None)]
    assert tier.pk not in disk_space.tiers_short_of_room()


def test_a_disk_that_fills_within_a_day_raises_the_alarm_with_the_time_left(
    tier: StorageTier, alarms: list[tuple[str, float | None]]
) -> None:
    disk_space.watch(tier, bytes_per_second=free(tier) / 3600 / 30)
    assert alarms == []

    disk_space.watch(tier, bytes_per_second=free(tier) / 3600 / 12)
    assert alarms[0][0] == "nearly full"
    assert alarms[0][1] == pytest.approx(12, rel=0.05)


def test_a_rate_that_goes_up_and_down_does_not_ring_the_alarm_again_and_again(
    tier: StorageTier, alarms: list[tuple[str, float | None]]
) -> None:
    for hours in (23, 26, 23, 29, 23):
        disk_space.watch(tier, bytes_per_second=free(tier) / 3600 / hours)
    assert [word for word, _ in alarms] == ["nearly full"]

    disk_space.watch(tier, bytes_per_second=free(tier) / 3600 / 32)
    assert [word for word, _ in alarms] == ["nearly full", "has room"]


def test_the_write_rate_is_smoothed_bytes_per_second() -> None:
    rate = WriteRate()
    assert rate.measure(100.0) == 0

    rate.note(1000)
    assert rate.measure(110.0) == 100
    rate.note(2000)
    assert rate.measure(120.0) == 120
    assert rate.measure(120.0) == 120
    assert 90 < rate.measure(130.0) < 100


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        disk_space.free_bytes(tmp_path / "gone")
