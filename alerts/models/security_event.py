"""A security rule was broken."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import ApiToken
from alerts.choices import EventState, ResponseKind, ResponseState, RuleName, Severity
from alerts.querysets import SecurityQuerySet


class SecurityEvent(models.Model):
    """One row: which rule, by whom (`subject` is what the rule counts by), on what facts, and what was done about it.

    `response_facts` hold what undoing needs.
    """

    rule = models.CharField(max_length=20, choices=RuleName)
    severity = models.CharField(max_length=6, choices=Severity)
    at = models.DateTimeField()
    subject = models.CharField(max_length=300)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.SET_NULL, related_name="+")
    address = models.GenericIPAddressField(null=True)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=EventState, default=EventState.OPEN)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    response = models.CharField(max_length=21, choices=ResponseKind, blank=True)
    response_state = models.CharField(max_length=12, choices=ResponseState, default=ResponseState.NONE)
    response_facts = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    objects = SecurityQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"]),
            models.Index(fields=["state", "-at", "-id"]),
            models.Index(fields=["rule", "subject", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()}: {self.subject}"
