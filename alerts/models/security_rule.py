"""What is watched for."""

from typing import ClassVar

from django.db import models

from alerts.choices import ResponseKind, ResponseMode, RuleName, Severity
from alerts.querysets import SecurityQuerySet


class SecurityRule(models.Model):
    """One row for each rule of `alerts.security`: from how many within which time it is broken, and what answers it then.

    `threshold` counts what the rule counts; `factor` is how far above its own past something must be, for the rules that
    compare. For `quiet_seconds` after an event the same subject is not told of again.
    """

    name = models.CharField(max_length=20, choices=RuleName, unique=True, editable=False)
    active = models.BooleanField(default=True)
    severity = models.CharField(max_length=6, choices=Severity)
    threshold = models.PositiveIntegerField()
    window_seconds = models.PositiveIntegerField()
    factor = models.PositiveSmallIntegerField(default=1)
    quiet_seconds = models.PositiveIntegerField(default=3600)
    response = models.CharField(max_length=21, choices=ResponseKind)
    response_mode = models.CharField(max_length=7, choices=ResponseMode, default=ResponseMode.OFF)
    block_seconds = models.PositiveIntegerField(default=3600)

    objects = SecurityQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.get_name_display()
