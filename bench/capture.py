"""Cost and completeness of recording N cameras with live HLS on, beside what bare programs need for the same."""

from __future__ import annotations

import os
import subprocess
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import clip, machine
from bench.bare_nginx import bare_nginx, flv_lines, hls_lines
from bench.frames import Comparison, Group, compare, sent_groups
from bench.load import Load, usual_clip
from bench.processes import FFMPEG, Cost, Meter, cpu_seconds_of, roots_of
from bench.publishers import Fate
from bench.results import Goal, Report
from bench.under_test import EVERYTHING, Enrolled, UnderTest, enrol, temporary_folder, vms

NAME = "capture"
OUR_PYTHON = ("web", "worker", "beat", "recorder")
_FLOOR_FFMPEG = ["ffmpeg", "-nostdin", "-v", "error", "-rw_timeout", "15000000"]
_FLOOR_MP4 = ["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-f", "mp4", "-movflags"]
_FLOOR_FLAGS = "frag_keyframe+empty_moov+default_base_moof"
_SETTLE_SECONDS = 8.0
_MOST_FFMPEGS = 200  # more of them, with nginx and the load, do not fit into two cores


@dataclass(frozen=True, slots=True)
class Window:
    """What was measured between two instants. `others_percent`: CPU of this machine's other work, in % of a core."""

    seconds: float
    costs: Mapping[str, Cost]
    load_percent: float
    others_percent: float

    @property
    def cpu_percent(self) -> float:
        """Of everything under test, in % of a core."""
        return round(sum(cost.cpu_percent for cost in self.costs.values()), 1)

    @property
    def memory_mb(self) -> float:
        return round(sum(cost.memory_mb for cost in self.costs.values()), 1)

    def of(self, names: Sequence[str]) -> Cost:
        """Several classes together."""
        costs = [self.costs[name] for name in names if name in self.costs]
        cpu, memory = sum(cost.cpu_percent for cost in costs), sum(cost.memory_mb for cost in costs)
        return Cost(round(cpu, 1), round(memory, 1), sum(cost.processes for cost in costs))

    def told(self) -> dict[str, Any]:
        """As it is kept in a result."""
        return {
            "seconds": self.seconds,
            "cpu_percent": self.cpu_percent,
            "memory_mb": self.memory_mb,
            "classes": {name: asdict(cost) for name, cost in self.costs.items() if cost.processes or cost.cpu_percent},
            "load_percent": self.load_percent,
            "others_percent": self.others_percent,
        }


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 20, 50, 100, 150, 200])
    parser.add_argument("--seconds", type=float, default=20, help="of each measured window")
    parser.add_argument("--seconds-at-100", type=float, default=0, help="the same at 100 cameras, where the goals are")
    parser.add_argument(
        "--source", default="", help="the recorder's source: ffmpeg, rtmp, auto; default: the product's"
    )
    parser.add_argument(
        "--floors-at", type=int, nargs="*", help="numbers of cameras with floors; default: all up to 200"
    )


def run(wish: Namespace) -> None:
    """VMS at every number of cameras, then the floors at every number that they can bear, then the ratios."""
    footage = usual_clip()
    report = Report(f"{NAME}-{wish.source}" if wish.source else NAME, wish.results)
    counts = sorted(wish.cameras)
    ours = _measure_vms(report, counts, wish, footage)
    bearable = range(_MOST_FFMPEGS + 1) if wish.floors_at is None else wish.floors_at
    for count in (count for count in counts if count in bearable):
        seconds = _seconds_at(count, wish)
        with temporary_folder() as root:
            ffmpeg = _measure_ffmpegs(root / "ffmpeg", count, seconds, footage)
            report.add(f"{count} cameras, nginx-rtmp and {count} FFmpegs", {"cameras": count, **ffmpeg.told()})
        with temporary_folder() as root:
            flv = _measure_flv(root / "flv", count, seconds, footage)
            report.add(f"{count} cameras, nginx-rtmp writing FLV", {"cameras": count, **flv.told()})
        _compare(report, count, ours[count], ffmpeg, flv)


def _seconds_at(count: int, wish: Namespace) -> float:
    seconds: float = wish.seconds_at_100 if count == 100 and wish.seconds_at_100 else wish.seconds
    return seconds


def _measure_vms(report: Report, counts: Sequence[int], wish: Namespace, footage: Path) -> dict[int, Window]:
    settings = {"VMS_RECORDER_SOURCE": wish.source} if wish.source else {}
    windows = {}
    with vms(*EVERYTHING, settings=settings) as under_test:
        cameras = enrol(max(counts))
        for count in counts:
            window, fates = _record(under_test, cameras[:count], _seconds_at(count, wish), footage)
            found = _completeness(under_test, cameras[:count], fates, footage)
            windows[count] = window
            report.add(
                f"{count} cameras, VMS", {"cameras": count, **window.told(), **found}, _goals(count, window, found)
            )
    return windows


def _record(
    under_test: UnderTest, cameras: Sequence[Enrolled], seconds: float, footage: Path
) -> tuple[Window, list[Fate]]:
    """Publish until every camera is recorded, and then for the window."""
    streams = [camera.stream for camera in cameras]
    with Load(under_test.root / "load", port=under_test.rtmp_port, streams=streams, clip=footage) as load:
        load.wait_until_settled()
        _wait_until_recorded(under_test, cameras)
        time.sleep(_SETTLE_SECONDS)
        roots = {**roots_of(under_test.stack), "postgresql": [under_test.database_pid]}
        window = window_of(roots, load, seconds)
        fates = load.end()
    _wait_until_closed()
    return window, fates


def window_of(roots: Mapping[str, list[int]], load: Load, seconds: float) -> Window:
    """Measure the trees below these processes for so long."""
    meter = Meter(roots)
    load_before, busy_before, began = cpu_seconds_of(load.pid), machine.busy_seconds(), time.monotonic()
    meter.start()
    time.sleep(seconds)
    costs = meter.stop()
    took = time.monotonic() - began
    load_percent = 100 * (cpu_seconds_of(load.pid) - load_before) / took
    busy_percent = 100 * (machine.busy_seconds() - busy_before) / took
    others = busy_percent - load_percent - sum(cost.cpu_percent for cost in costs.values())
    return Window(round(took, 1), costs, round(load_percent, 1), round(max(0.0, others), 1))


def _wait_until_recorded(under_test: UnderTest, cameras: Sequence[Enrolled], seconds: float = 60) -> None:
    """Until each camera has a file with a fragment, or so long."""
    archive = under_test.stack.root / "media"
    missing = {camera.public_id for camera in cameras}
    deadline = time.monotonic() + seconds
    while missing and time.monotonic() < deadline:
        found = {path.parts[-5] for path in archive.rglob("*.idx") if path.stat().st_size > 64 and _is_young(path)}
        missing -= found
        time.sleep(0.5)
    if missing:
        print(f"  {len(missing)} of {len(cameras)} cameras were not recorded within {seconds:.0f} s", flush=True)


def _is_young(path: Path) -> bool:
    return time.time() - path.stat().st_mtime < 10


def _wait_until_closed(seconds: float = 60) -> None:
    from recordings.models import Recording  # noqa: PLC0415  (Django has been set up by `vms`)

    deadline = time.monotonic() + seconds
    while Recording.objects.left_open().exists() and time.monotonic() < deadline:
        time.sleep(0.5)


def _completeness(
    under_test: UnderTest, cameras: Sequence[Enrolled], fates: Sequence[Fate], footage: Path
) -> dict[str, Any]:
    """Frames and fragments against what was sent, of all cameras; their files are deleted."""
    keys = clip.load(footage).key_bytes
    compared: list[Comparison] = []
    for camera, fate in zip(cameras, fates, strict=True):
        sent = sent_groups(keys, first_group=fate.first_group, ticks=fate.sent_ticks, group_frames=clip.GROUP_FRAMES)
        compared.append(compare(sent, _recorded_groups(under_test.stack.root / "media", camera.public_id)))
    return {
        "admitted": sum(fate.admitted for fate in fates),
        "dropped": sum(fate.lost for fate in fates),
        "most_waiting_bytes": max(fate.most_waiting_bytes for fate in fates),
        "frames_sent": sum(one.sent for one in compared),
        "frames_recorded": sum(one.recorded for one in compared),
        "frames_before_first": sum(one.before_first for one in compared),
        "frames_missing": sum(one.missing_frames for one in compared),
        "fragments_missing": sum(one.missing_groups for one in compared),
        "fragments_strange": sum(one.strange_groups for one in compared),
        "cameras_incomplete": sum(bool(one.missing_frames or one.missing_groups) for one in compared),
        "cameras_without_recording": sum(one.recorded == 0 for one in compared),
    }


def _recorded_groups(archive: Path, public_id: str) -> list[Group]:
    from recordings.capture.index import read_index  # noqa: PLC0415  (its package belongs to Django)

    groups = []
    for path in sorted(archive.rglob(f"{public_id}/**/*.idx"), key=lambda one: one.name):
        groups += [Group(record.key_bytes, record.frames) for record in read_index(path).records if record.frames]
        path.with_suffix(".mp4").unlink()
        path.unlink()
    return groups


def _goals(count: int, window: Window, found: Mapping[str, Any]) -> list[Goal]:
    python = window.of(OUR_PYTHON)
    complete = [
        Goal(f"frames missing, {count} cameras", found["frames_missing"], 0),
        Goal(f"fragments missing, {count} cameras", found["fragments_missing"], 0),
        Goal(f"cameras without a recording, of {count}", found["cameras_without_recording"], 0),
    ]
    if count != 100:
        return complete
    return [
        *complete,
        Goal("CPU of all our Python", python.cpu_percent, 20, "% of a core"),
        Goal("memory of all our Python", python.memory_mb, 600, "MB"),
    ]


def _measure_ffmpegs(root: Path, count: int, seconds: float, footage: Path) -> Window:
    """Floor: bare nginx-rtmp with the same live HLS, and an FFmpeg for each camera that copies into a fragmented MP4."""
    (root / "hls").mkdir(parents=True)
    streams = [f"camera{number}" for number in range(count)]
    with ExitStack() as stack:
        nginx = stack.enter_context(bare_nginx(root / "run", more=hls_lines(root / "hls")))
        load = stack.enter_context(Load(root / "load", port=nginx.rtmp_port, streams=streams, clip=footage))
        load.wait_until_settled()
        pids = stack.enter_context(_ffmpegs(root, nginx.rtmp_port, streams))
        _wait_for_files(root, count, "*.mp4")
        time.sleep(_SETTLE_SECONDS)
        return window_of({"nginx": [nginx.pid], FFMPEG: pids}, load, seconds)


@contextmanager
def _ffmpegs(root: Path, port: int, streams: Sequence[str]) -> Iterator[list[int]]:
    processes = []
    try:
        for stream in streams:
            source = ["-i", f"rtmp://127.0.0.1:{port}/ingest/{stream}"]
            command = [*_FLOOR_FFMPEG, *source, *_FLOOR_MP4, _FLOOR_FLAGS, str(root / f"{stream}.mp4")]
            processes.append(
                subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command], start_new_session=True)
            )
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _measure_flv(root: Path, count: int, seconds: float, footage: Path) -> Window:
    """Floor: bare nginx-rtmp that writes what it gets into FLV files, without live HLS."""
    root.mkdir(parents=True)
    streams = [f"camera{number}" for number in range(count)]
    os.chmod(root, 0o777)  # noqa: S103  (nginx may run as another user; the folder is gone in a minute)
    with (
        bare_nginx(root / "run", more=flv_lines(root)) as nginx,
        Load(root / "load", port=nginx.rtmp_port, streams=streams, clip=footage) as load,
    ):
        load.wait_until_settled()
        _wait_for_files(root, count, "*.flv")
        time.sleep(_SETTLE_SECONDS)
        return window_of({"nginx": [nginx.pid]}, load, seconds)


def _wait_for_files(root: Path, count: int, pattern: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while sum(path.stat().st_size > 100_000 for path in root.glob(pattern)) < count:
        if time.monotonic() > deadline:
            print(f"  not all of {count} files grow", flush=True)
            return
        time.sleep(0.2)


def _compare(report: Report, count: int, ours: Window, ffmpeg: Window, flv: Window) -> None:
    recorder = ours.of(("recorder", FFMPEG))
    floor = ffmpeg.of((FFMPEG,))
    ratios = {
        "cpu_to_ffmpegs": _ratio(ours.cpu_percent, ffmpeg.cpu_percent),
        "cpu_to_flv": _ratio(ours.cpu_percent, flv.cpu_percent),
        "memory_to_ffmpegs": _ratio(ours.memory_mb, ffmpeg.memory_mb),
        "recorder_cpu_to_ffmpegs_alone": _ratio(recorder.cpu_percent, floor.cpu_percent),
        "recorder_memory_to_ffmpegs_alone": _ratio(recorder.memory_mb, floor.memory_mb),
    }
    goals = []
    if count == 100:
        goals = [Goal("total CPU to nginx-rtmp and FFmpegs", ratios["cpu_to_ffmpegs"], 1.25, "×")]
    if count == 200:
        goals = [
            Goal("recorder's CPU to 200 FFmpegs", ratios["recorder_cpu_to_ffmpegs_alone"], 0.6, "×"),
            Goal("recorder's memory to 200 FFmpegs", ratios["recorder_memory_to_ffmpegs_alone"], 0.15, "×"),
        ]
    report.add(f"{count} cameras, ratios", {"cameras": count, **ratios}, goals)


def _ratio(value: float, floor: float) -> float:
    return round(value / floor, 2) if floor else float("inf")
