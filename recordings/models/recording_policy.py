"""When a camera is recorded."""

from django.db import models

from cameras.models import Camera
from recordings.choices import RecordingMode, RecordingSource


class RecordingPolicy(models.Model):
    """One row: how one camera is recorded. A camera without a row is recorded continuously."""

    camera = models.OneToOneField(Camera, on_delete=models.CASCADE, related_name="recording_policy")
    mode = models.CharField(max_length=12, choices=RecordingMode, default=RecordingMode.CONTINUOUS)
    source = models.CharField(max_length=8, choices=RecordingSource, default=RecordingSource.AUTO)

    class Meta:
        verbose_name_plural = "recording policies"

    def __str__(self) -> str:
        return f"{self.camera}: {self.get_mode_display()}"
