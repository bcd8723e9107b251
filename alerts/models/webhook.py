"""An address that is told what happens."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from alerts.querysets import WebhookQuerySet
from cameras.models import CameraGroup, Site


class Webhook(models.Model):
    """One row: news of these types is sent to this address, as far as the owner may know of it.

    `secret` is kept sealed (`accounts.sealing`), for it must be read again to sign; while it is being replaced, news is
    signed with the one before it, too, until `previous_until`. `site` or `group` narrows what is told of cameras.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField(max_length=80)
    url = models.CharField("address", max_length=500)
    events = models.JSONField(default=list)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(CameraGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    secret = models.TextField(editable=False)
    previous_secret = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        indexes: ClassVar = [models.Index(fields=["owner", "name"])]

    def __str__(self) -> str:
        return self.name
