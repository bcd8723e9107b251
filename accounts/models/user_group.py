"""A group of people."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.querysets import UserGroupQuerySet


class UserGroup(models.Model):
    """One row: people to whom the same cameras are granted, a night shift or the guards of a site."""

    name = models.CharField(max_length=80, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="user_groups")

    objects = UserGroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
