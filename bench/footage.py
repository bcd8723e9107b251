"""An hour of real footage in the archive, without waiting for an hour."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import uuid4

from bench import clip
from cameras.models import Camera
from recordings import tiers
from recordings.capture import catalogue
from recordings.capture.fragments import Fragment, FragmentSplitter
from recordings.capture.hour_file import HourFile
from recordings.capture.init_segment import InitSegment
from recordings.choices import GapCause
from recordings.models import Recording, RecordingLocation
from streaming.models import MediaNode

_READ_BYTES = 1 << 20


def add_hour(camera: Camera, footage: Path, *, ended_ago: timedelta) -> Recording:
    """The clip over and over for an hour, as the recorder would have written it. Raises CalledProcessError, OSError."""
    began = datetime.now(UTC) - ended_ago - timedelta(hours=1)
    rounds = str(3600 // clip.SECONDS - 1)
    command = ["ffmpeg", "-v", "error", "-stream_loop", rounds, "-i", str(footage), "-c", "copy", "-f", "mp4"]
    command += ["-movflags", "frag_keyframe+empty_moov+default_base_moof+skip_trailer", "pipe:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdout is not None  # noqa: S101  (it is a pipe)
        return _keep(camera, ffmpeg.stdout, began)


def _keep(camera: Camera, stream: IO[bytes], began: datetime) -> Recording:
    tier = tiers.hot_tier_of(MediaNode.objects.get())
    assert tier is not None  # noqa: S101  (the node has just been registered)
    recording = Recording(
        id=uuid4(), camera=camera, run_id=uuid4(), started_at=began, end_cause=GapCause.PUBLISHER_CLOSED
    )
    path = catalogue.relative_path(camera.public_id, recording.pk, catalogue.us_of(began))
    file = _write(Path(tier.root) / path, stream, catalogue.us_of(began))
    with file:
        recording.ended_at = catalogue.at_utc(file.ended_us or 0)
        recording.size_bytes, recording.fragment_count = file.size_bytes, file.fragment_count
        recording.video_codec, recording.audio_codec = file.init.video_codec, file.init.audio_codec
        recording.width, recording.height = file.init.width, file.init.height
    recording.save(force_insert=True)
    RecordingLocation.objects.create(recording=recording, tier=tier, path=path)
    return recording


def _write(path: Path, stream: IO[bytes], start_us: int) -> HourFile:
    splitter, file = FragmentSplitter(), None
    while data := stream.read(_READ_BYTES):
        for item in splitter.feed(data):
            if isinstance(item, InitSegment):
                file = HourFile.create(path, item)
            elif file is not None and isinstance(item, Fragment):
                duration_us = item.duration_ticks * 1_000_000 // file.init.timescale
                file.append(item, start_us, duration_us)
                start_us += duration_us
    if file is None:
        raise ValueError("FFmpeg made no footage")
    return file
