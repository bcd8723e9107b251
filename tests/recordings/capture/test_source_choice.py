"""Which source reads a publish: by the installation, the camera's policy, and what a source could not do."""

from typing import Any

import pytest

from accounts.audit import SYSTEM
from recordings import policies
from recordings.capture.flv_media import UnknownMedia
from recordings.capture.rtmp_source import RtmpSource
from recordings.capture.source import FfmpegSource
from recordings.capture.source_choice import SourceChoice
from recordings.choices import RecordingSource
from streaming.models import PublishSession

pytestmark = pytest.mark.django_db
G711 = UnknownMedia("G.711 A-law", "audio")


@pytest.mark.parametrize(
    ("installation", "wish", "expected"),
    [
        ("auto", None, RtmpSource),
        ("auto", RecordingSource.FFMPEG, FfmpegSource),
        ("ffmpeg", None, FfmpegSource),
        ("ffmpeg", RecordingSource.AUTO, FfmpegSource),
        ("ffmpeg", RecordingSource.RTMP, RtmpSource),
    ],
)
def test_the_wish_of_the_camera_counts_before_that_of_the_installation(
    session: PublishSession, settings: Any, installation: str, wish: RecordingSource | None, expected: type
) -> None:
    settings.RECORDER_SOURCE = installation
    if wish is not None:
        policies.set_source(session.camera, wish, actor=SYSTEM)
    assert isinstance(SourceChoice(session).make(), expected)


def test_ffmpeg_takes_over_what_the_recorder_cannot_read(session: PublishSession) -> None:
    choice = SourceChoice(session)
    assert choice.learn(G711)
    assert isinstance(choice.make(), FfmpegSource)


def test_nothing_takes_over_where_only_the_recorder_may_read(session: PublishSession) -> None:
    policies.set_source(session.camera, RecordingSource.RTMP, actor=SYSTEM)
    choice = SourceChoice(session)
    assert not choice.learn(G711)
    assert isinstance(choice.make(), RtmpSource)
