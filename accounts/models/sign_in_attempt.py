"""An attempt to sign in."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.choices import Door, SignInMethod, SignInOutcome
from accounts.querysets import SignInAttemptQuerySet


class SignInAttempt(models.Model):
    """One row: somebody showed a password, a code, a passkey or an identity from elsewhere, and what came of it."""

    at = models.DateTimeField(auto_now_add=True)
    email = models.CharField(max_length=254, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="sign_in_attempts"
    )
    method = models.CharField(max_length=10, choices=SignInMethod)
    outcome = models.CharField(max_length=12, choices=SignInOutcome)
    door = models.CharField(max_length=10, choices=Door)
    address = models.GenericIPAddressField(null=True)
    network = models.CharField(max_length=43, blank=True, help_text="What is counted as one place: /64 for IPv6")
    country = models.CharField(max_length=2, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    objects = SignInAttemptQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["-at"]),
            models.Index(fields=["outcome", "-at"]),
            models.Index(fields=["email", "-at"]),
            models.Index(fields=["address", "-at"]),
            models.Index(fields=["network", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.get_outcome_display()}"
