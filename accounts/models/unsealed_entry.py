"""An audit entry that has no place in the chain yet."""

from typing import ClassVar

from django.db import models

from accounts.models.audit_entry import AuditEntry


class UnsealedEntry(models.Model):
    """One row: an entry that waits for its seal. It is written with the entry and goes when the seal comes.

    Who waits is a short list, so that nobody has to search a million entries for those without a seal; and an entry that
    has neither a seal nor a place in this list was not written by the product.
    """

    entry = models.OneToOneField(
        AuditEntry, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="waiting"
    )

    class Meta:
        ordering: ClassVar = ["entry_id"]
        verbose_name_plural = "unsealed entries"

    def __str__(self) -> str:
        return f"entry {self.entry_id} waits for its seal"
