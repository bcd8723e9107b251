"""Who sees which cameras."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Role
from cameras.models.camera_group import CameraGroup
from cameras.models.site import Site


class Grant(models.Model):
    """One row: a person, or everybody of a role, sees the cameras of a site or of a group and all groups inside it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    role = models.ForeignKey(Role, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    group = models.ForeignKey(CameraGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(role__isnull=True),
                name="grant_to_user_or_role",
                violation_error_message="Choose a user or a role, not both.",
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=True) ^ Q(group__isnull=True),
                name="grant_on_site_or_group",
                violation_error_message="Choose a site or a camera group, not both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.role} sees {self.site or self.group}"
