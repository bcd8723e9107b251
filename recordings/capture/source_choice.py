"""Which source reads a publish: the recorder itself where it can, FFmpeg where it cannot."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import DatabaseError

from recordings import policies
from recordings.capture.catalogue import short_connection
from recordings.capture.flv_media import UnknownMedia
from recordings.capture.rtmp_source import RtmpSource
from recordings.capture.source import FfmpegSource, FragmentSource
from recordings.choices import RecordingSource
from streaming.ffmpeg.commands import CANNOT_BE_COPIED, record_command
from streaming.gateway.nginx_rtmp import APPLICATION
from streaming.models import PublishSession

logger = logging.getLogger(__name__)


class SourceChoice:
    """Of one publish session. Starts from the camera's policy, and learns from what a source could not do."""

    def __init__(self, session: PublishSession) -> None:
        self._session = session
        wish = _wish_of(session)
        self._native = wish != RecordingSource.FFMPEG
        self._may_change = wish != RecordingSource.RTMP
        self._copies_audio = True

    def make(self) -> FragmentSource:
        """A source that has not been started yet."""
        stream = self._session.camera.public_id
        if self._native:
            return RtmpSource("127.0.0.1", settings.RTMP_PORT, application=APPLICATION, stream=stream)
        url = f"rtmp://127.0.0.1:{settings.RTMP_PORT}/{APPLICATION}/{stream}"
        return FfmpegSource(record_command(settings.FFMPEG, url, copies_audio=self._copies_audio))

    def learn(self, unknown: UnknownMedia) -> bool:
        """The recorder itself cannot read this: FFmpeg can, or says why not. Whether FFmpeg may be asked."""
        self._native = not self._may_change
        self._copies_audio = unknown.track != "audio"
        return self._may_change

    def learn_from(self, source: FragmentSource) -> bool:
        """What an FFmpeg said before it ended; whether another one will do better."""
        if self._native or not self._copies_audio:
            return False
        if not any(CANNOT_BE_COPIED in line for line in source.last_stderr_lines):
            return False
        self._copies_audio = False
        return True


def _wish_of(session: PublishSession) -> RecordingSource:
    """The camera's own wish, else that of the installation."""
    try:
        with short_connection():
            wish = policies.source_of(session.camera)
    except DatabaseError as error:
        logger.warning("cannot ask how %s is to be read: %s", session.camera.public_id, error)
        wish = RecordingSource.AUTO
    return RecordingSource(settings.RECORDER_SOURCE) if wish == RecordingSource.AUTO else wish
