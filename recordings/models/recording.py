"""The logical recording."""

import uuid
from typing import ClassVar

from django.db import models

from cameras.models import Camera
from recordings.choices import GapCause
from recordings.querysets import RecordingQuerySet
from streaming.models import PublishSession


class Recording(models.Model):
    """One row: one file's worth of footage of a camera. Its id never changes, wherever the bytes are.

    `run_id` names the run of the source: files of one run continue each other's media time without a break. While the
    file is being written `ended_at` is empty and the index beside the file knows the end. `drift_ppm` is that of the run
    until the file was closed, and empty when the run was too short to tell.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="recordings")
    session = models.ForeignKey(PublishSession, null=True, on_delete=models.SET_NULL, related_name="recordings")
    run_id = models.UUIDField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    fragment_count = models.PositiveIntegerField(default=0)
    video_codec = models.CharField(max_length=40, blank=True)
    audio_codec = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    drift_ppm = models.FloatField(null=True, help_text="By how much wall time outran media time, in millionths")
    end_cause = models.CharField(max_length=20, choices=GapCause, blank=True)
    end_detail = models.CharField(max_length=300, blank=True)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-started_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["camera", "started_at", "ended_at"]),
            models.Index(fields=["-started_at"]),
            models.Index(fields=["camera"], condition=models.Q(ended_at__isnull=True), name="open_recordings"),
        ]

    def __str__(self) -> str:
        return f"{self.camera} from {self.started_at:%Y-%m-%d %H:%M:%S} UTC"
