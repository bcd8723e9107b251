"""Requests per second for live and recorded bytes from one nginx worker, and how many of them reach Django."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2

from bench.bare_nginx import bare_nginx
from bench.counting_proxy import Count, counting_proxy
from bench.load import Load, usual_clip
from bench.people import playlist_address, signed_in
from bench.results import Goal, Report
from bench.under_test import EVERYTHING, UnderTest, enrol, temporary_folder, vms
from compose.local.ports import choose_ports
from compose.local.supervisor import CHECKOUT

NAME = "segments"
_RANGE = "Range: bytes=0-1023"
_FACTS = {
    "requests_per_second": r"Requests/sec:\s+([\d.]+)",
    "requests": r"(\d+) requests in",
    "refused": r"Non-2xx or 3xx responses: (\d+)",
}
_MBYTES = {"KB": 1e-3, "MB": 1.0, "GB": 1e3}


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--seconds", type=int, default=10, help="of each kind of request")
    parser.add_argument("--connections", type=int, default=32)


def run(wish: Namespace) -> None:
    """One camera, one token; then the same files from a bare nginx."""
    subprocess.run(["sh", str(CHECKOUT / "bench" / "packages.sh"), "wrk"], check=True)
    report = Report(NAME, wish.results)
    ports = choose_ports({"PROXY": 0})
    settings = {"VMS_WEB_ADDRESS": f"127.0.0.1:{ports['PROXY']}"}
    with temporary_folder() as kept:
        with (
            vms(*EVERYTHING, settings=settings, wait=False) as under_test,
            counting_proxy(ports["PROXY"], under_test.stack.ports["WEB_PORT"]) as count,
        ):
            under_test.stack.wait_for_portal()
            _measure(report, under_test, count, kept, wish)
        _floor(report, kept_folder=kept, wish=wish)


def _measure(report: Report, under_test: UnderTest, count: Count, kept: Path, wish: Namespace) -> None:
    (camera,) = enrol(1)
    with (
        closing(signed_in(under_test)) as client,
        Load(under_test.root / "load", port=under_test.rtmp_port, streams=[camera.stream], clip=usual_clip()) as load,
    ):
        load.wait_until_settled()
        time.sleep(14)
        live = playlist_address(client, camera.public_id, "live")
        recorded = _recorded_bytes(client, camera.public_id)
        portal = under_test.stack.portal
        _case(report, "live playlist", f"{portal}{live}", wish, count)
        _case(report, "live segment, whole", _newest_segment(client, live, portal), wish, count)
        _case(report, "live segment, first KiB", _newest_segment(client, live, portal), wish, count, header=_RANGE)
        _case(report, "recorded file, one KiB", f"{portal}{recorded}", wish, count, header=_RANGE)
        _keep_files(under_test, kept)


def _case(report: Report, case: str, url: str, wish: Namespace, count: Count, *, header: str = "") -> None:
    asked_before = count.questions
    measured = _wrk(url, wish.seconds, wish.connections, header)
    measured["django_calls"] = count.questions - asked_before
    most = 2 + wish.seconds // 10
    goals = [Goal(f"Django calls, {case}", measured["django_calls"], most)]
    if "whole" not in case:
        goals.append(Goal(f"requests, {case}", measured["requests_per_second"], 10_000, "/s", "at least"))
    report.add(case, measured, goals)


def _wrk(url: str, seconds: int, connections: int, header: str) -> dict[str, Any]:
    words = ["-H", header] if header else []
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", *words, url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, Any] = {name: _number(pattern, said) for name, pattern in _FACTS.items()}
    found = re.search(r"Transfer/sec:\s+([\d.]+)(KB|MB|GB)", said)
    measured["mbytes_per_second"] = round(float(found[1]) * _MBYTES[found[2]], 1) if found else 0.0
    return measured


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def _newest_segment(client: httpx2.Client, playlist: str, portal: str) -> str:
    names = [line for line in client.get(playlist).text.splitlines() if line.endswith(".ts")]
    return f"{portal}{playlist.removesuffix('index.m3u8')}{names[-1]}"


def _recorded_bytes(client: httpx2.Client, camera: str) -> str:
    recording = client.get("/api/v1/recordings/", params={"camera": camera}).json()["results"][0]["id"]
    playlist = playlist_address(client, camera, "recorded")
    return f"{playlist.removesuffix('index.m3u8')}{recording}/video.mp4"


def _keep_files(under_test: UnderTest, folder: Path) -> None:
    """Copies of what was served, for the floor."""
    media = under_test.stack.root / "media"
    shutil.copy(max((under_test.stack.root / "run" / "hls").glob("*.ts")), folder / "segment.ts")
    shutil.copy(next((under_test.stack.root / "run" / "hls").glob("*.m3u8")), folder / "index.m3u8")
    shutil.copy(next(media.rglob("*.mp4")), folder / "video.mp4")


def _floor(report: Report, *, kept_folder: Path, wish: Namespace) -> None:
    """Bare nginx with the same files."""
    cases = [("index.m3u8", "live playlist", ""), ("segment.ts", "live segment, whole", "")]
    cases += [("segment.ts", "live segment, first KiB", _RANGE), ("video.mp4", "recorded file, one KiB", _RANGE)]
    with temporary_folder() as root, bare_nginx(root / "run", files=kept_folder) as nginx:
        for name, case, header in cases:
            url = f"http://127.0.0.1:{nginx.http_port}/{name}"
            bare = _wrk(url, wish.seconds, wish.connections, header)
            report.add(f"{case}, bare nginx", bare)
