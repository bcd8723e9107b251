"""The camera."""

import secrets
from typing import ClassVar

from django.db import models
from django.urls import reverse

from cameras.choices import Badge, CameraStatus
from cameras.models.camera_group import CameraGroup
from cameras.models.site import Site
from cameras.querysets import CameraQuerySet

PUBLIC_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
PUBLIC_ID_LENGTH = 12


def new_public_id() -> str:
    """A short name that is safe in URLs, stream names and folders, and says nothing about the camera."""
    return "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


class Camera(models.Model):
    """One row: a camera or encoder that publishes video. Retired ones stay while footage of them does."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False)
    serial_number = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras")
    group = models.ForeignKey(CameraGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="cameras")
    vendor = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=80, blank=True)
    place = models.CharField(max_length=200, blank=True, help_text="Where it hangs and what it looks at")
    active = models.BooleanField(default=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    status = models.CharField(max_length=10, choices=CameraStatus, default=CameraStatus.OFFLINE, editable=False)
    status_since = models.DateTimeField(auto_now_add=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CameraQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        indexes: ClassVar = [models.Index(fields=["retired_at", "name"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The camera's page."""
        return reverse("cameras:detail", args=[self.public_id])

    @property
    def badge(self) -> Badge:
        """The one word people see."""
        if self.retired_at is not None:
            return Badge.RETIRED
        if not self.active:
            return Badge.INACTIVE
        return Badge(self.status)

    @property
    def may_publish(self) -> bool:
        """Whether the camera is in use."""
        return self.active and self.retired_at is None
