"""The chain that holds audit entries together."""

from typing import ClassVar

from django.db import models

from accounts.models.audit_entry import AuditEntry


class AuditSeal(models.Model):
    """One row: an entry's place in the chain. `digest` covers the entry and the digest before it.

    Numbers follow one another without a gap, so an entry that is altered, inserted or missing breaks the chain there.
    """

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(
        AuditEntry, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="seal"
    )
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:12]}"
