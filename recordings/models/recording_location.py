"""The physical file."""

from pathlib import Path
from typing import ClassVar

from django.db import models

from recordings.choices import LocationState
from recordings.models.recording import Recording
from recordings.models.storage_tier import StorageTier


class RecordingLocation(models.Model):
    """One row: a tier holds the bytes of a recording under a path relative to the tier's root."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="locations")
    tier = models.ForeignKey(StorageTier, on_delete=models.PROTECT, related_name="locations")
    path = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=LocationState, default=LocationState.AVAILABLE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "tier"], name="one_location_per_tier"),
            models.UniqueConstraint(fields=["tier", "path"], name="one_recording_per_path"),
        ]

    def __str__(self) -> str:
        return f"{self.tier}:{self.path}"

    @property
    def media_path(self) -> Path:
        """The file on the node's disk; its index is beside it with the suffix .idx."""
        return Path(self.tier.root) / self.path
