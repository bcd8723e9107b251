"""A media node."""

from typing import ClassVar

from django.db import models

from streaming.choices import NodeState
from streaming.querysets import MediaNodeQuerySet


class MediaNode(models.Model):
    """One row: one single-worker nginx-rtmp process with its recorder. It registers itself."""

    name = models.SlugField(unique=True)
    region = models.CharField(max_length=64, blank=True)
    host = models.CharField(max_length=253, help_text="The name cameras publish to")
    rtmp_port = models.PositiveIntegerField(default=1935)
    rtmps_port = models.PositiveIntegerField(default=1936)
    control_url = models.URLField(help_text="Statistics and control, reachable by workers only")
    media_base_url = models.CharField(max_length=200, blank=True, help_text="Empty: players use the portal's address")
    state = models.CharField(max_length=10, choices=NodeState, default=NodeState.ACTIVE)
    registered_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    objects = MediaNodeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
