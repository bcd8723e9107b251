"""A token with which a program uses the API."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.choices import TokenState
from accounts.querysets import ApiTokenQuerySet


class ApiToken(models.Model):
    """One row: `vms_<key>.<secret>`. The key finds the row, the secret proves it; only a digest of the secret is kept.

    A token never allows more than its owner's role does: `scopes` narrows it, `restricted` says that it reaches only the
    cameras named for it, `networks` are the CIDRs from which it may be used (none: from anywhere). When the secret has
    been rotated, the one before it is good until `previous_until`.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    key = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    previous_digest = models.CharField(max_length=64, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    scopes = models.JSONField(default=list)
    restricted = models.BooleanField(default=False)
    networks = models.JSONField(default=list, blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    suspended_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_address = models.GenericIPAddressField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        verbose_name = "API token"
        indexes: ClassVar = [models.Index(fields=["owner", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.name} (vms_{self.key})"

    def state_at(self, now: datetime) -> TokenState:
        """Whether it may be used at this instant, as far as the token itself says."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        if self.suspended_at is not None:
            return TokenState.SUSPENDED
        return TokenState.EXPIRED if self.expires_at is not None and self.expires_at <= now else TokenState.VALID
