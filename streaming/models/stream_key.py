"""A stream key."""

import hashlib
from datetime import datetime
from typing import ClassVar

from django.db import models

from cameras.models import Camera
from streaming.querysets import StreamKeyQuerySet


class StreamKey(models.Model):
    """One row: a key with which a camera may publish. Only a digest of it is kept; `hint` is its last four letters.

    A temporary key was made for a phone or a drone that stands in for the camera; it ends within a day, and does not
    count when the camera's own keys are rotated.
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="stream_keys")
    hint = models.CharField(max_length=4)
    digest = models.CharField(max_length=64)
    temporary = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = StreamKeyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["camera", "digest"])]

    def __str__(self) -> str:
        return f"…{self.hint} of {self.camera}"

    def is_valid(self, now: datetime) -> bool:
        """Whether a camera may publish with it at this instant."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    @staticmethod
    def digest_of(secret: str) -> str:
        """What is kept of a key: its SHA-256.

        A key is 130 random bits, so a slow password hash would protect nothing and cost every admission.
        """
        return hashlib.sha256(secret.encode()).hexdigest()
