"""What is recorded: rotation without a gap, an index that agrees with its file, causes of what is missing."""

import itertools
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from compose.local.supervisor import Supervisor
from recordings.capture.fragments import walk_fragments
from recordings.capture.index import index_path_of, read_index, verify_index
from tests.e2e.cameras import Encoder
from tests.e2e.people import EnrolledCamera, Person
from tests.e2e.waiting import eventually

Publish = Callable[..., Encoder]


def files_of(root: Path, camera: EnrolledCamera) -> list[Path]:
    """The camera's media files, oldest first."""
    return sorted((root / "media" / "archive" / camera.public_id).rglob("*.mp4"))


def closed(operator: Person, camera: EnrolledCamera) -> list[dict[str, Any]]:
    """Recordings that have ended, oldest first."""
    return [one for one in reversed(operator.recordings(camera)) if one["ended_at"]]


def coverage(operator: Person, camera: EnrolledCamera, minutes: float = 3) -> dict[str, Any]:
    """What there is of the last minutes."""
    now = datetime.now(UTC)
    asked = {
        "camera": camera.public_id,
        "start": (now - timedelta(minutes=minutes)).isoformat(),
        "end": now.isoformat(),
        "resolution_seconds": 1,
    }
    found: dict[str, Any] = operator.api("GET", "/coverage/", params=asked)
    return found


def test_files_rotate_without_gap_or_overlap_and_play_as_one(
    operator: Person, publish: Publish, ingest: str, root: Path, portal: str
) -> None:
    camera = operator.enrol()
    began = datetime.now(UTC)
    encoder = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: len(closed(operator, camera)) >= 2, seconds=70)
    encoder.stop()
    eventually(lambda: all(one["ended_at"] for one in operator.recordings(camera)))
    recordings = closed(operator, camera)
    for before, after in itertools.pairwise(recordings):
        assert before["ended_at"] == after["started_at"]
        assert before["end_cause"] == "rotated"
    assert recordings[-1]["end_cause"] == "publisher_closed"
    ticks = 0
    for path in files_of(root, camera):
        index = read_index(index_path_of(path))
        assert verify_index(path, index) == []
        assert index.records[0].is_key
        assert ticks in (0, index.records[0].decode_ticks), "media time goes on across files"
        ticks = index.records[-1].decode_ticks + index.records[-1].duration_ticks
    asked = {"start": began.isoformat(), "end": datetime.now(UTC).isoformat()}
    playlist = operator.get(operator.play(camera, "recorded"), params=asked).text
    assert "EXT-X-DISCONTINUITY" not in playlist
    assert playlist.endswith("#EXT-X-ENDLIST\n")
    promised = sum(map(float, re.findall(r"EXTINF:([\d.]+)", playlist)))
    assert abs(decoded_seconds(operator, camera, asked, portal) - promised) < 0.5


def decoded_seconds(operator: Person, camera: EnrolledCamera, asked: dict[str, str], portal: str) -> float:
    """How long the playlist is that FFmpeg, as a player, decodes without an error."""
    url = f"{portal}{operator.play(camera, 'recorded')}?" + "&".join(
        f"{name}={value.replace('+00:00', 'Z')}" for name, value in asked.items()
    )
    command = ["ffmpeg", "-v", "error", "-i", url, "-map", "0:v", "-f", "null", "-progress", "pipe:1", "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    return int(re.findall(r"out_time_us=(\d+)", done.stdout)[-1]) / 1_000_000


def test_a_camera_that_stops_leaves_a_gap_with_its_cause(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    encoder = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.recordings(camera) and coverage(operator, camera)["covered"])
    encoder.stop()
    eventually(lambda: closed(operator, camera))
    gap = eventually(lambda: [one for one in coverage(operator, camera)["gaps"] if one["cause"] == "publisher_closed"])
    assert gap[-1]["cause_label"] == "The camera stopped publishing"
    publish(f"{ingest}/{camera.stream}")
    eventually(lambda: len(coverage(operator, camera)["covered"]) == 2, seconds=30)
    causes = [one["cause"] for one in coverage(operator, camera)["gaps"]]
    assert causes == ["never_published", "publisher_closed"]


def test_recording_is_switched_off_and_on_while_the_camera_publishes(
    operator: Person, publish: Publish, ingest: str
) -> None:
    camera = operator.enrol()
    publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.recordings(camera))
    operator.api("PUT", f"/recording-policies/{camera.public_id}/", json={"mode": "off"})
    eventually(lambda: closed(operator, camera), seconds=8)
    assert closed(operator, camera)[-1]["end_cause"] == "recording_off"
    assert operator.is_online(camera)
    eventually(lambda: coverage(operator, camera)["gaps"][-1]["cause"] == "recording_off")
    operator.api("PUT", f"/recording-policies/{camera.public_id}/", json={"mode": "continuous"})
    eventually(lambda: len(coverage(operator, camera)["covered"]) == 2, seconds=30)
    assert [one["cause"] for one in coverage(operator, camera)["gaps"]] == ["never_published", "recording_off"]


def test_a_killed_recorder_loses_little_and_says_so(
    operator: Person, publish: Publish, ingest: str, root: Path, supervisor: Supervisor
) -> None:
    camera = operator.enrol()
    publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.recordings(camera) and coverage(operator, camera)["covered"])
    supervisor.kill("recorder", signal.SIGKILL)
    eventually(lambda: len(operator.recordings(camera)) >= 2 and closed(operator, camera), seconds=40)
    assert closed(operator, camera)[0]["end_cause"] == "recorder_crashed"
    eventually(lambda: len(coverage(operator, camera)["covered"]) == 2, seconds=30)
    path = files_of(root, camera)[0]
    assert verify_index(path, read_index(index_path_of(path))) == []
    with path.open("rb") as file:
        assert len(list(walk_fragments(file))) == len(read_index(index_path_of(path)).records)
    assert closed(operator, camera)[0]["size_bytes"] == path.stat().st_size
    assert coverage(operator, camera)["gaps"][-1]["cause"] == "recorder_crashed"
    checked = subprocess.run(
        [sys.executable, "manage.py", "check_archive"], check=False, capture_output=True, text=True
    )
    assert checked.stdout.startswith("0 problems"), checked.stdout


def test_what_is_measured_of_the_stream_is_told(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    publish(f"{ingest}/{camera.stream}")
    address = f"/stream-health/{camera.public_id}/"
    health = eventually(lambda: operator.api("GET", address)["measurements"], seconds=30)
    assert health["video_codec"].startswith("avc1.")
    assert health["audio_codec"] == "mp4a.40.2"
    assert (health["width"], health["height"]) == (320, 180)
    assert 14 < health["frames_per_second"] < 16
    assert health["key_frame_interval_seconds"] == 2
