"""Who somebody is elsewhere."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Identity(models.Model):
    """One row: the provider of OpenID Connect `issuer` calls this person `subject`, for ever (Core section 2)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_for_an_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"
