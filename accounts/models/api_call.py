"""A request to the API."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models.api_token import ApiToken
from accounts.querysets import ApiCallQuerySet


class ApiCall(models.Model):
    """One row: a request to the API and its answer. `route` is the pattern of the address, so that rows can be counted.

    Bodies are kept only where the policy asks for it, without secrets and cut to some thousand characters.
    """

    at = models.DateTimeField()
    method = models.CharField(max_length=7)
    route = models.CharField(max_length=120)
    status = models.PositiveSmallIntegerField()
    duration_us = models.PositiveBigIntegerField()
    request_bytes = models.PositiveBigIntegerField(default=0)
    response_bytes = models.PositiveBigIntegerField(default=0)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.SET_NULL, related_name="calls")
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    query = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)

    objects = ApiCallQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name = "API call"
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"]),
            models.Index(fields=["token", "-at"]),
            models.Index(fields=["user", "-at"]),
            models.Index(fields=["route", "-at"]),
            models.Index(fields=["status", "-at"]),
            models.Index(fields=["address", "-at"]),
            models.Index(fields=["request_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.status}"
