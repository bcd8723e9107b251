"""Who did what."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models

from accounts.choices import AuditVerb, Door
from accounts.models.api_token import ApiToken
from accounts.querysets import AuditEntryQuerySet


class AuditEntry(models.Model):
    """One row: one verb was carried out by an actor. Rows are appended, never changed; accounts.audit writes them."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_label = models.CharField(max_length=254)
    verb = models.CharField(max_length=40, choices=AuditVerb)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    target_label = models.CharField(max_length=254, blank=True)
    data = models.JSONField(default=dict)
    door = models.CharField(max_length=10, choices=Door)
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"]),
            models.Index(fields=["actor", "-at", "-id"]),
            models.Index(fields=["verb", "-at", "-id"]),
            models.Index(fields=["target_type", "-at", "-id"]),
            models.Index(fields=["target_type", "target_id", "-at", "-id"]),
            models.Index(fields=["door", "-at", "-id"]),
            models.Index(fields=["token", "-at", "-id"]),
            models.Index(fields=["address", "-at", "-id"]),
            models.Index(fields=["request_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.get_verb_display()} {self.target_label}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append this entry; an existing one cannot be saved again."""
        if not self._state.adding:
            _refuse("changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Entries are not deleted one by one."""
        _refuse("deleted")


def _refuse(what: str) -> NoReturn:
    raise TypeError(f"An audit entry cannot be {what}.")
