"""One publish."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from cameras.models import Camera
from streaming.choices import EndReason, SessionState, Trouble
from streaming.models.media_node import MediaNode
from streaming.models.stream_key import StreamKey
from streaming.querysets import PublishSessionQuerySet


class PublishSession(models.Model):
    """One row: one connection that a camera was admitted with.

    The media node names it by process and client number: `client_id` starts at 1 again with each nginx process.
    `missed_at` is since when the node's statistics do not show it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="publish_sessions")
    node = models.ForeignKey(MediaNode, on_delete=models.PROTECT, related_name="publish_sessions")
    nginx_pid = models.PositiveIntegerField()
    client_id = models.PositiveBigIntegerField()
    stream_key = models.ForeignKey(StreamKey, null=True, on_delete=models.SET_NULL, related_name="publish_sessions")
    address = models.GenericIPAddressField(null=True)
    encoder = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=SessionState, default=SessionState.ADMITTED)
    trouble = models.CharField(max_length=20, choices=Trouble, default=Trouble.NONE, blank=True)
    admitted_at = models.DateTimeField()
    flowing_at = models.DateTimeField(null=True)
    last_update_at = models.DateTimeField()
    missed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, choices=EndReason, blank=True)

    objects = PublishSessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-admitted_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["camera", "-admitted_at"]),
            models.Index(fields=["-admitted_at"]),
            models.Index(
                fields=["node", "client_id"], condition=Q(ended_at__isnull=True), name="open_session_by_client"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["camera"], condition=Q(ended_at__isnull=True), name="one_open_session_per_camera"
            )
        ]

    def __str__(self) -> str:
        return f"{self.camera} from {self.address} at {self.admitted_at:%Y-%m-%d %H:%M:%S} UTC"
