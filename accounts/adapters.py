"""What django-allauth asks us: nobody signs up, who may come in, and what is done when somebody does."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import audit, sign_in
from accounts.access import note_confirmation
from accounts.addresses import client_address
from accounts.choices import AuditVerb, SignInOutcome
from accounts.models import User


class PortalAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators, or by an identity from elsewhere; the rest is ours too."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address behind the trusted proxies."""
        return client_address(request) or "0.0.0.0"  # noqa: S104  (the unspecified address: nobody can tell)

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:
        """Turn away who may not come in, whatever they have shown."""
        return None if sign_in.outcome_for(user) == SignInOutcome.SIGNED_IN else redirect("accounts:sign-in")

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session, after every factor was shown."""
        super().login(request, user)
        note_confirmation(request)
        audit.record(actor=user, verb=AuditVerb.SIGNED_IN, target=user)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say what happened themselves."""
