"""Who sees which cameras."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Role, UserGroup
from cameras.choices import Sight
from cameras.models.camera_group import CameraGroup
from cameras.models.site import Site
from cameras.querysets import GrantQuerySet


class Grant(models.Model):
    """One row: a person, or everybody of a role or of a group of people, sees the cameras of a site or of a camera group.

    A camera group stands for all groups inside it, too, and for cameras that are enrolled there later. `sight` says
    whether that is what happens now, or also what was recorded.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    role = models.ForeignKey(Role, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    user_group = models.ForeignKey(UserGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    group = models.ForeignKey(CameraGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    sight = models.CharField(max_length=10, choices=Sight, default=Sight.LIVE_AND_RECORDED)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(
                    Q(user__isnull=False, role__isnull=True, user_group__isnull=True)
                    | Q(user__isnull=True, role__isnull=False, user_group__isnull=True)
                    | Q(user__isnull=True, role__isnull=True, user_group__isnull=False)
                ),
                name="grant_to_one_subject",
                violation_error_message="Choose a user, a role or a group of people: one of them.",
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=True) ^ Q(group__isnull=True),
                name="grant_on_site_or_group",
                violation_error_message="Choose a site or a camera group, not both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} sees {self.place}"

    @property
    def subject(self) -> Any:
        """To whom: a User, a Role or a UserGroup."""
        return self.user or self.role or self.user_group

    @property
    def place(self) -> Any:
        """On what: a Site or a CameraGroup."""
        return self.site or self.group
