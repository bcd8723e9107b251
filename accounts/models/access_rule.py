"""From where the doors may be used."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.choices import RuleAction, Surface
from accounts.querysets import AccessRuleQuerySet


class AccessRule(models.Model):
    """One row: who comes from this network or country is let in or turned away. The first rule that fits decides.

    `surface` is empty when the rule is for all of them; `until` ends a rule by itself, as those of automatic responses do.
    """

    position = models.PositiveIntegerField(default=100, help_text="Rules are asked in this order")
    surface = models.CharField(max_length=10, choices=Surface, blank=True)
    action = models.CharField(max_length=5, choices=RuleAction)
    network = models.CharField(max_length=49, blank=True, help_text="An address or CIDR: 203.0.113.0/24")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2: DE")
    note = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)
    until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccessRuleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(network="") ^ Q(country=""),
                name="rule_for_network_or_country",
                violation_error_message="Write a network or a country, not both.",
            )
        ]

    def __str__(self) -> str:
        where = self.get_surface_display() if self.surface else "everything"
        return f"{self.get_action_display()} {self.network or self.country} for {where}"
