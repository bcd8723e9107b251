"""Which cameras an API token reaches."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import ApiToken
from cameras.models.camera import Camera
from cameras.models.camera_group import CameraGroup
from cameras.models.site import Site


class TokenReach(models.Model):
    """One row: a restricted API token reaches this camera, or the cameras of this site or group. Never more than its owner sees."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="reaches")
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="token_reaches")
    group = models.ForeignKey(CameraGroup, null=True, on_delete=models.CASCADE, related_name="token_reaches")
    camera = models.ForeignKey(Camera, null=True, on_delete=models.CASCADE, related_name="token_reaches")

    class Meta:
        verbose_name_plural = "token reaches"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(
                    Q(site__isnull=False, group__isnull=True, camera__isnull=True)
                    | Q(site__isnull=True, group__isnull=False, camera__isnull=True)
                    | Q(site__isnull=True, group__isnull=True, camera__isnull=False)
                ),
                name="reach_of_one_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.token} reaches {self.site or self.group or self.camera}"
