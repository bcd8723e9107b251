"""An hour of a camera whose crystal is off: the footage neither overlaps nor jumps, and the drift is in its rows."""

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from recordings.capture import catalogue
from recordings.capture.fragments import Fragment, InitSegment
from recordings.capture.index import IndexRecord, index_path_of, read_index
from recordings.capture.track import Track
from recordings.choices import GapCause
from recordings.models import Recording, StorageTier
from streaming.models import PublishSession
from tests.recordings.conftest import NOON_US, arriving

pytestmark = [pytest.mark.ffmpeg, pytest.mark.django_db]

FRAGMENTS = 1800
SECOND_US = 1_000_000
Parts = tuple[InitSegment, list[Fragment]]


@pytest.fixture(params=[-200, 200])
def drift_ppm(request: pytest.FixtureRequest) -> int:
    """By how much the camera's clock is slow."""
    ppm: int = request.param
    return ppm


@pytest.fixture
def last_arrival_us(drift_ppm: int, session: PublishSession, tier: StorageTier, parts: Parts, settings: Any) -> int:
    """The hour, in fragments of 2 s that arrive up to 60 ms late, in files of ten minutes."""
    settings.RECORDING_ROTATION_SECONDS = 600
    init, (first, *_) = parts
    ticks = 2 * init.timescale
    small = replace(first, data=first.data[:64], duration_ticks=ticks)
    chance = random.Random(drift_ppm)
    track = Track(session, tier, not_before_us=0)
    track.begin(init)
    for number in range(FRAGMENTS):
        whole_us = NOON_US + round((number + 1) * 2 * SECOND_US * (1 + drift_ppm / 1e6))
        arrived_us = whole_us + round(chance.uniform(0, 0.06) * SECOND_US)
        track.append(replace(small, decode_ticks=number * ticks), arrival=arriving(arrived_us))
    track.end(GapCause.PUBLISHER_CLOSED)
    return arrived_us


@pytest.fixture
def records(last_arrival_us: int) -> list[IndexRecord]:
    """The whole hour, over all its files."""
    paths = [row.locations.get().media_path for row in Recording.objects.order_by("started_at")]
    return [record for path in paths for record in read_index(index_path_of(path)).records]


def test_fragments_and_files_touch(records: list[IndexRecord]) -> None:
    rows = list(Recording.objects.order_by("started_at"))
    assert len(rows) >= 6
    assert all(before.ended_at == after.started_at for before, after in pairwise(rows))
    assert len(records) == FRAGMENTS
    assert all(before.end_us == after.start_us for before, after in pairwise(records))


def test_no_fragment_jumps(records: list[IndexRecord]) -> None:
    assert all(abs(record.duration_us - 2 * SECOND_US) < 0.04 * SECOND_US for record in records[10:])


def test_the_hour_ends_when_it_ended_on_the_wall_clock(records: list[IndexRecord], last_arrival_us: int) -> None:
    assert abs(records[-1].end_us - last_arrival_us) < 0.06 * SECOND_US
    last = Recording.objects.order_by("started_at").last()
    assert last is not None
    assert last.ended_at == catalogue.at_utc(records[-1].end_us)


def test_the_drift_is_stored(last_arrival_us: int, drift_ppm: int) -> None:
    last = Recording.objects.order_by("started_at").last()
    assert last is not None
    assert last.drift_ppm == pytest.approx(drift_ppm, abs=15)
