"""A tree of camera groups."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from cameras.querysets import CameraGroupQuerySet


class CameraGroup(models.Model):
    """One row: a named group of cameras, possibly inside another.

    `ancestors` is the closure of `parent` and holds the group itself, so that a grant on a group is inherited by one
    join; cameras.places keeps it.
    """

    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    ancestors: "models.ManyToManyField[CameraGroup, CameraGroup]" = models.ManyToManyField(
        "self", symmetrical=False, related_name="descendants", editable=False
    )

    objects = CameraGroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="camera_group_name_in_parent"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(parent__isnull=True), name="camera_group_name_at_root"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for a group that would contain itself."""
        if self.pk and self.parent and self.parent.ancestors.filter(pk=self.pk).exists():
            raise ValidationError({"parent": "A group cannot be moved into itself."}, code="circle")
