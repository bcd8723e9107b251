"""A chain of refresh tokens."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models

from accounts.choices import RevocationCause
from accounts.querysets import RefreshFamilyQuerySet


class RefreshFamily(models.Model):
    """One row: a program's sign-in. Each refresh replaces the refresh token; `current` is the id of the newest.

    Showing an older one means that two parties have the chain, and ends it (RFC 9700 section 4.14.2).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refresh_families")
    current = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revocation_cause = models.CharField(max_length=12, choices=RevocationCause, blank=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)

    objects = RefreshFamilyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        verbose_name_plural = "refresh families"
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"
