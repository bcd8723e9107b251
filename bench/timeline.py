"""Questions about time among a million recordings on PostgreSQL: coverage, a day's playlist, an hour's index."""

from __future__ import annotations

import gc
import random
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from bench.people import playlist_address, signed_in
from bench.quantiles import spread_of
from bench.results import Goal, Report
from bench.under_test import enrol, vms

NAME = "timeline"
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_WALL_CAMERAS = 16
_CAMERAS_WITH_FILES = 4
_HOURS_WITH_FILES = 49
_ROUNDS = 100


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--recordings", type=int, default=1_000_000)
    parser.add_argument("--cameras", type=int, default=100)


def run(wish: Namespace) -> None:
    """Fill the database, then ask over HTTP through nginx, and once more in process."""
    report = Report(NAME, wish.results)
    with vms("web", "nginx") as under_test:
        cameras = [one.public_id for one in enrol(wish.cameras)]
        end, indexes = _fill(cameras, wish.recordings)
        print(f"  {wish.recordings} recordings of {wish.cameras} cameras are in place", flush=True)
        with closing(signed_in(under_test)) as client:
            _coverage_over_http(report, client, cameras, end)
            _playlists_over_http(report, client, cameras[:_CAMERAS_WITH_FILES], end)
        _in_process(report, cameras, end)
        _index_reads(report, indexes)


def _fill(public_ids: Sequence[str], rows: int) -> tuple[datetime, list[Path]]:
    from bench import archive  # noqa: PLC0415  (Django has been set up by `vms`)
    from cameras.models import Camera  # noqa: PLC0415

    by_id = {camera.public_id: camera for camera in Camera.objects.all()}
    cameras = [by_id[public_id] for public_id in public_ids]
    end = archive.fill(cameras, rows)
    return end, archive.write_indexes(cameras[:_CAMERAS_WITH_FILES], end, _HOURS_WITH_FILES)


def _coverage_over_http(report: Report, client: httpx2.Client, cameras: Sequence[str], end: datetime) -> None:
    choice = random.Random(7)  # noqa: S311  (the same questions in every run)
    days = [end - _DAY * choice.randint(1, 30) for _ in range(_ROUNDS)]
    asked = [_coverage_question(choice.choice(cameras), day, day + _DAY) for day in days]
    _report_times(
        report, "coverage of a camera-day, HTTP", [_timed_get(client, "/api/v1/coverage/", one) for one in asked]
    )
    weeks = [choice.sample(list(cameras), _WALL_CAMERAS) for _ in range(_ROUNDS)]
    times = [_timed_get(client, "/api/v1/coverages/", _coverage_question(wall, end - _WEEK, end)) for wall in weeks]
    _report_times(report, "coverage of 16 cameras × 7 days, HTTP", times)


def _coverage_question(camera: str | Sequence[str], start: datetime, end: datetime) -> dict[str, str | Sequence[str]]:
    return {"camera": camera, "start": start.isoformat(), "end": end.isoformat()}


def _playlists_over_http(report: Report, client: httpx2.Client, cameras: Sequence[str], end: datetime) -> None:
    addresses = {camera: playlist_address(client, camera, "recorded") for camera in cameras}
    disjoint = [(camera, end - _DAY * number) for camera in cameras for number in (1, 2)]
    first = [_timed_get(client, addresses[camera], _range(day)) for camera, day in disjoint]
    _report_times(report, "playlist of 24 h, HTTP, files not asked for before", first)
    choice = random.Random(8)  # noqa: S311
    again = [
        _timed_get(
            client,
            addresses[choice.choice(list(cameras))],
            _range(end - _DAY - timedelta(minutes=choice.randint(0, 1440))),
        )
        for _ in range(_ROUNDS)
    ]
    _report_times(report, "playlist of 24 h, HTTP", again)


def _range(start: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": (start + _DAY).isoformat()}


def _timed_get(client: httpx2.Client, path: str, question: Mapping[str, str | Sequence[str]]) -> float:
    """Milliseconds. Raises HTTPStatusError."""
    before = time.perf_counter()
    answer = client.get(path, params=question)
    took = 1000 * (time.perf_counter() - before)
    answer.raise_for_status()
    return took


def _in_process(report: Report, public_ids: Sequence[str], end: datetime) -> None:
    from cameras.models import Camera  # noqa: PLC0415  (Django has been set up by `vms`)
    from recordings.coverage import coverage_of, coverages_of  # noqa: PLC0415
    from recordings.playback import playlist_of  # noqa: PLC0415

    gc.collect()
    gc.freeze()  # as the web process does
    cameras = list(Camera.objects.filter(public_id__in=public_ids))
    with_files = [camera for camera in cameras if camera.public_id in public_ids[:_CAMERAS_WITH_FILES]]
    choice = random.Random(9)  # noqa: S311

    def ask_day() -> object:
        day = end - _DAY * choice.randint(1, 30)
        return coverage_of(choice.choice(cameras), day, day + _DAY, 1.0)

    def ask_wall() -> object:
        return coverages_of(choice.sample(cameras, _WALL_CAMERAS), end - _WEEK, end, 1.0)

    def ask_playlist() -> object:
        start = end - _DAY - timedelta(minutes=choice.randint(0, 1440))
        return playlist_of(choice.choice(with_files), start, start + _DAY)

    _report_times(report, "coverage of a camera-day, in process", _times(ask_day, _ROUNDS))
    _report_times(report, "coverage of 16 cameras × 7 days, in process", _times(ask_wall, _ROUNDS))
    _report_times(report, "playlist of 24 h, in process", _times(ask_playlist, _ROUNDS))


def _index_reads(report: Report, indexes: Sequence[Path]) -> None:
    from recordings.capture.index import read_index  # noqa: PLC0415  (its package belongs to Django)

    whole = [path for path in indexes if path.stat().st_size == 64 * 1801]
    choice = random.Random(10)  # noqa: S311
    times = _times(lambda: read_index(choice.choice(whole)).records, _ROUNDS)
    _report_times(report, "index of an hour (1800 fragments)", times, limit_ms=5)


def _times(ask: Callable[[], Any], rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        before = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - before))
    return times


def _report_times(report: Report, case: str, times: Sequence[float], *, limit_ms: float = 50) -> None:
    spread = spread_of(times)
    report.add(case, {"ms": spread}, [Goal(f"{case}, p95", spread["p95"], limit_ms, "ms")])
