"""What other programs need for the same cameras: node-media-server to take them in, motion to record them."""

from __future__ import annotations

import shutil
import subprocess
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.bare_nginx import bare_nginx
from bench.capture import Window, window_of
from bench.load import Load, usual_clip
from bench.results import Report
from bench.under_test import WORKSHOP, temporary_folder
from compose.local.ports import choose_ports, is_free
from compose.local.supervisor import CHECKOUT

NAME = "peers"
_NODE_MEDIA_SERVER = "node-media-server@4.4.3"
_SERVER = """
import NodeMediaServer from "node-media-server";
new NodeMediaServer({{ bind: "127.0.0.1", rtmp: {{ port: {rtmp} }}, http: {{ port: {http} }} }}).run();
"""
_MOTION = """
daemon off
log_level 4
webcontrol_port 0
stream_port 0
target_dir {folder}
netcam_url rtmp://127.0.0.1:{port}/ingest/{stream}
width 1280
height 720
framerate 25
emulate_motion on
movie_output on
movie_passthrough on
movie_max_time 3600
picture_output off
"""


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--cameras", type=int, default=20, help="for node-media-server and bare nginx")
    parser.add_argument("--motion-cameras", type=int, default=2, help="it decodes every frame, so it can take few")
    parser.add_argument("--seconds", type=float, default=20)


def run(wish: Namespace) -> None:
    """Each peer beside bare nginx with the same number of cameras."""
    footage = usual_clip()
    report = Report(NAME, wish.results)
    with temporary_folder() as root:
        _report(
            report, "ingest, bare nginx-rtmp", _nginx(root / "nginx", wish.cameras, wish.seconds, footage), wish.cameras
        )
    with temporary_folder() as root:
        window = _node_media_server(root, wish.cameras, wish.seconds, footage)
        _report(report, f"ingest, {_NODE_MEDIA_SERVER}", window, wish.cameras)
    with temporary_folder() as root:
        window = _motion(root, wish.motion_cameras, wish.seconds, footage)
        _report(report, "recording, bare nginx-rtmp and motion", window, wish.motion_cameras)


def _report(report: Report, case: str, window: Window, cameras: int) -> None:
    per_camera = round(window.cpu_percent / cameras, 3)
    report.add(case, {"cameras": cameras, "cpu_percent_per_camera": per_camera, **window.told()})


def _nginx(root: Path, count: int, seconds: float, footage: Path) -> Window:
    with (
        bare_nginx(root / "run") as nginx,
        Load(root / "load", port=nginx.rtmp_port, streams=_names(count), clip=footage) as load,
    ):
        load.wait_until_settled()
        return window_of({"nginx": [nginx.pid]}, load, seconds)


def _node_media_server(root: Path, count: int, seconds: float, footage: Path) -> Window:
    with (
        _node(root) as (pid, port),
        Load(root / "load", port=port, streams=_names(count), clip=footage) as load,
    ):
        load.wait_until_settled()
        return window_of({"node-media-server": [pid]}, load, seconds)


@contextmanager
def _node(root: Path) -> Iterator[tuple[int, int]]:
    """node-media-server, installed into the bench's own folder; its process and its RTMP port."""
    folder = WORKSHOP / "node-media-server"
    if not (folder / "node_modules" / "node-media-server").exists():
        folder.mkdir(parents=True, exist_ok=True)
        words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
        subprocess.run([*words, _NODE_MEDIA_SERVER], check=True)
    ports = choose_ports({"RTMP": 0, "HTTP": 0})
    script = folder / "serve.mjs"
    script.write_text(_SERVER.format(rtmp=ports["RTMP"], http=ports["HTTP"]))
    with _running(["node", str(script)], root / "node.log") as pid:
        _wait_for(ports["RTMP"])
        yield pid, ports["RTMP"]


def _motion(root: Path, count: int, seconds: float, footage: Path) -> Window:
    """One motion for each camera, told to record always and to copy the video as it is."""
    subprocess.run(["sh", str(CHECKOUT / "bench" / "packages.sh"), "motion"], check=True)
    with (
        bare_nginx(root / "run") as nginx,
        Load(root / "load", port=nginx.rtmp_port, streams=_names(count), clip=footage) as load,
        _motions(root, nginx.rtmp_port, _names(count)) as pids,
    ):
        load.wait_until_settled()
        time.sleep(15)
        window = window_of({"nginx": [nginx.pid], "motion": pids}, load, seconds)
        grown = sum(path.stat().st_size > 1_000_000 for path in root.glob("motion-*/*"))
        if grown < count:
            print(f"  motion recorded {grown} of {count} cameras; its log: {_tail(root)}", flush=True)
        return window


@contextmanager
def _motions(root: Path, port: int, streams: Sequence[str]) -> Iterator[list[int]]:
    if not streams:
        yield []
        return
    folder = root / f"motion-{streams[0]}"
    folder.mkdir()
    config = folder.with_suffix(".conf")
    config.write_text(_MOTION.format(folder=folder, port=port, stream=streams[0]))
    command = ["motion", "-n", "-c", str(config)]
    with _running(command, folder.with_suffix(".log")) as pid, _motions(root, port, streams[1:]) as others:
        yield [pid, *others]


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[int]:
    program = shutil.which(command[0]) or command[0]
    words = ["setpriv", "--pdeathsig", "KILL", "--", program, *command[1:]]
    # node-media-server leaves a folder where it is started.
    with (
        log.open("wb") as out,
        subprocess.Popen(words, cwd=log.parent, stdout=out, stderr=out, start_new_session=True) as process,
    ):
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _names(count: int) -> list[str]:
    return [f"camera{number}" for number in range(count)]


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while is_free(port):
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not come up")
        time.sleep(0.1)


def _tail(root: Path) -> str:
    return " | ".join(path.read_text(errors="replace")[-300:] for path in root.glob("motion-*.log"))
