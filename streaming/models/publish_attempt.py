"""A refused publish."""

from typing import ClassVar

from django.db import models

from cameras.models import Camera
from streaming.choices import ADVICE, RefusalCause
from streaming.models.media_node import MediaNode
from streaming.querysets import PublishAttemptQuerySet


class PublishAttempt(models.Model):
    """One row: a publish that was refused, and why. An encoder that keeps trying is one row with a count."""

    camera = models.ForeignKey(Camera, null=True, on_delete=models.CASCADE, related_name="publish_attempts")
    node = models.ForeignKey(MediaNode, null=True, on_delete=models.SET_NULL, related_name="publish_attempts")
    presented_name = models.CharField(max_length=80)
    address = models.GenericIPAddressField(null=True)
    encoder = models.CharField(max_length=120, blank=True)
    cause = models.CharField(max_length=20, choices=RefusalCause)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    objects = PublishAttemptQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["camera", "-last_at"]), models.Index(fields=["-last_at"])]

    def __str__(self) -> str:
        return f"{self.presented_name}: {self.get_cause_display()}"

    @property
    def advice(self) -> str:
        """What the installer should do."""
        return ADVICE[self.cause]
