"""News on its way to a webhook."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alerts.choices import DeliveryState, EventType
from alerts.models.webhook import Webhook
from alerts.querysets import WebhookDeliveryQuerySet


class WebhookDelivery(models.Model):
    """One row: a piece of news for one webhook, and what came of the last attempt. `next_attempt_at` is null when it is over.

    `event_id` is the same for every webhook and every attempt, so that receivers can tell a repetition. `body` is kept as
    the text that is signed.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField()
    type = models.CharField(max_length=30, choices=EventType)
    body = models.TextField()
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    response_start = models.CharField(max_length=500, blank=True)
    error = models.CharField(max_length=200, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name_plural = "webhook deliveries"
        indexes: ClassVar = [
            models.Index(fields=["webhook", "-at", "-id"]),
            models.Index(fields=["-at", "-id"]),
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="delivery_is_to_be_tried"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} to {self.webhook_id}"
