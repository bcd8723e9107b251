"""What is on the disk of a camera's footage, judged by FFmpeg's own tools; and what the API says of it."""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from tests.e2e.people import EnrolledCamera, Person

Kind = Literal["v", "a"]


def recordings_of(operator: Person, camera: EnrolledCamera) -> list[dict[str, Any]]:
    """All of them, oldest first."""
    asked = {"camera": camera.public_id, "page_size": 100}
    found: list[dict[str, Any]] = operator.api("GET", "/recordings/", params=asked)["results"]
    return found[::-1]


def path_of(root: Path, camera: EnrolledCamera, recording: dict[str, Any]) -> Path:
    """The media file of a recording; its name says which."""
    hexadecimal = recording["id"].replace("-", "")
    (path,) = (root / "media" / "archive" / camera.public_id).rglob(f"*_{hexadecimal}.mp4")
    return path


def coverage_between(operator: Person, camera: EnrolledCamera, start: datetime, end: datetime) -> dict[str, Any]:
    """Covered ranges and gaps, as closely as they are told."""
    asked = {"camera": camera.public_id, "start": start.isoformat(), "end": end.isoformat(), "resolution_seconds": 1}
    found: dict[str, Any] = operator.api("GET", "/coverage/", params=asked)
    return found


def digests_of(path: Path, kind: Kind) -> list[str]:
    """MD5 of each frame, or piece of sound, in the order of the file."""
    told = _ffprobe(path, "-select_streams", kind, "-show_packets", "-show_data_hash", "md5")
    return [packet["data_hash"].removeprefix("MD5:").lower() for packet in told["packets"]]


def streams_of(path: Path) -> dict[str, dict[str, Any]]:
    """What the file holds: facts by "video" and "audio"."""
    return {stream["codec_type"]: stream for stream in _ffprobe(path, "-show_streams")["streams"]}


def complaints_about(path: Path) -> str:
    """What FFmpeg says when it decodes the whole file; nothing when all is well."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr


def sound_of(path: Path) -> bytes:
    """The sound of a file as a listener gets it: 8,000 samples of 16 bits a second."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-map", "0:a", "-ac", "1", "-ar", "8000"]
    return subprocess.run([*command, "-f", "s16le", "pipe:1"], check=True, capture_output=True).stdout


def _ffprobe(path: Path, *asked: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", *asked, "-of", "json", str(path)]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told
