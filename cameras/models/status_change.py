"""When a camera went up or down."""

from typing import ClassVar

from django.db import models

from cameras.choices import CameraStatus
from cameras.models.camera import Camera


class StatusChange(models.Model):
    """One row: from `at` on the camera had this status, because of `cause`."""

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="status_changes")
    at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=CameraStatus)
    cause = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["camera", "-at"])]

    def __str__(self) -> str:
        return f"{self.camera} {self.status} at {self.at:%Y-%m-%d %H:%M:%S} UTC"
