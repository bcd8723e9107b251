"""Why footage is missing."""

from typing import ClassVar

from django.db import models

from cameras.models import Camera
from recordings.choices import GapCause


class Interruption(models.Model):
    """One row: from `at` on, until footage resumes or another row takes over, this is why a camera has none."""

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="interruptions")
    at = models.DateTimeField()
    cause = models.CharField(max_length=20, choices=GapCause)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [models.Index(fields=["camera", "at"])]

    def __str__(self) -> str:
        return f"{self.camera}: {self.get_cause_display()} at {self.at:%Y-%m-%d %H:%M:%S} UTC"
