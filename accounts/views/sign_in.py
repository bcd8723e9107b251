"""Sign in, with a second factor where one is enrolled, and sign out."""

import json
import logging
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.internal.constants import LoginStageKey
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import audit, oidc, passkeys, second_factor, signals
from accounts import sign_in as signing_in
from accounts.access import knock_of, open_before_second_factor, open_door
from accounts.choices import AuditVerb, SignInMethod, SignInOutcome
from accounts.counting import limited_posts
from accounts.forms import CodeForm, SignInForm
from accounts.models import User
from accounts.oidc import OidcFailed
from accounts.passkeys import PasskeyRefused, Place
from accounts.sign_in import SignInRefused

logger = logging.getLogger(__name__)
CHALLENGE = "passkey_challenge"
_APP_HINT = "The six digits that your authenticator app shows, or a recovery code"
_NO_APP_HINT = "A recovery code, if your passkey is not at hand"


@never_cache
@limited_posts("sign-in")
@open_door("people sign in here")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Asks for e-mail address and password; whoever is signed in already goes on."""
    if request.user.is_authenticated:
        return redirect(next_page(request))
    if request.method != "POST":
        return _sign_in_page(request, SignInForm())
    typed = SignInForm(request.POST)
    email, password = request.POST.get("username", ""), request.POST.get("password", "")
    try:
        user = signing_in.verify_password(email=email, password=password, **knock_of(request))
    except SignInRefused as refusal:
        return _refused(_sign_in_page(request, typed.refused(refusal)), refusal)
    record_authentication(request, user, "password")
    return come_in(request, user, next_page(request))


@never_cache
@limited_posts("sign-in")
@open_door("people who have shown a password show a second factor here")
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Asks for a code or a passkey, of whoever has shown a password a short while ago."""
    stage = _pending_stage(request)
    if stage is None:
        return redirect("accounts:sign-in")
    user: User = stage.login.user
    if request.method != "POST":
        return _second_factor_page(request, user, CodeForm())
    try:
        _show_second_factor(request, user)
    except SignInRefused as refusal:
        return _refused(_second_factor_page(request, user, CodeForm(request.POST).refused(refusal)), refusal)
    record_authentication(request, user, "mfa")
    answer: HttpResponse = stage.exit()
    return answer


@never_cache
@require_POST
@limited_posts("sign-in")
@open_door("a passkey signs in by itself")
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in whoever has a passkey that verified its owner."""
    if settings.OIDC_ONLY:
        raise Http404
    try:
        factor = _use_passkey(request, None)
    except SignInRefused as refusal:
        return _refused(_sign_in_page(request, SignInForm(request.POST).refused(refusal)), refusal)
    record_authentication(request, factor.user, "mfa", id=factor.pk, type=factor.type, passwordless=True)
    return come_in(request, factor.user, next_page(request))


@never_cache
@require_POST
@open_before_second_factor
@open_door("gives out a random number that a passkey signs")
def passkey_challenge(request: HttpRequest) -> JsonResponse:
    """Options for `navigator.credentials.get`, of the person who is signed in or about to be; else of anybody."""
    stage = _pending_stage(request)
    user = request.user if isinstance(request.user, User) else stage.login.user if stage else None
    options, request.session[CHALLENGE] = passkeys.begin_using(user, place=place_of(request))
    return JsonResponse(options)


@require_POST
@open_before_second_factor
@open_door("closes the caller's own session")
def sign_out(request: HttpRequest) -> HttpResponse:
    """Closes the session, and the sockets that it had opened: all of the person's, of which others come back."""
    user, still = request.user, _is_still_in_elsewhere(request)
    if isinstance(user, User):
        audit.record(actor=user, verb=AuditVerb.SIGNED_OUT, target=user)
    logout(request)
    if isinstance(user, User):
        signals.announce_access([user.pk])
    return redirect(reverse("accounts:sign-in") + ("?still=elsewhere" if still else ""))


def come_in(request: HttpRequest, user: User, page: str) -> HttpResponse:
    """To the second factor if one is owed, else in, to this page."""
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=page))
    return answer


def next_page(request: HttpRequest) -> str:
    """Where somebody wanted to go, if that is a page of ours; else where everybody begins."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse(settings.LOGIN_REDIRECT_URL)


def place_of(request: HttpRequest) -> Place:
    """Where the browser thinks that it is."""
    return Place(request.scheme or "http", request.get_host())


def answer_of_passkey(request: HttpRequest, user: User | None) -> Authenticator:
    """The passkey that has answered the challenge of this session, which is used up. Raises PasskeyRefused."""
    state = request.session.pop(CHALLENGE, None)
    try:
        answer = json.loads(request.POST.get("credential", ""))
    except ValueError as error:
        raise PasskeyRefused from error
    if state is None:
        raise PasskeyRefused
    return passkeys.finish_using(user, answer, state, place=place_of(request))


def _show_second_factor(request: HttpRequest, user: User) -> None:
    if request.POST.get("credential"):
        _use_passkey(request, user)
    else:
        signing_in.verify_code(user=user, code=request.POST.get("code", ""), **knock_of(request))


def _use_passkey(request: HttpRequest, user: User | None) -> Authenticator:
    """Raises SignInRefused; the attempt is kept either way."""
    try:
        factor = answer_of_passkey(request, user)
    except PasskeyRefused:
        _keep(request, user, SignInOutcome.WRONG)
        raise
    _keep(request, factor.user, signing_in.outcome_for(factor.user))
    return factor


def _keep(request: HttpRequest, user: User | None, outcome: SignInOutcome) -> None:
    email = user.email if user else ""
    signing_in.keep(method=SignInMethod.PASSKEY, outcome=outcome, email=email, user=user, **knock_of(request))


def _pending_stage(request: HttpRequest) -> LoginStage | None:
    if request.user.is_authenticated:
        return None
    return LoginStageController.enter(request, LoginStageKey.MFA_AUTHENTICATE.value)


def _is_still_in_elsewhere(request: HttpRequest) -> bool:
    """Whether the session was opened by single sign-on, whose own session outlives it."""
    records = get_authentication_records(request, cast(User, request.user))
    return any(record["method"] == SignInMethod.ELSEWHERE for record in records)


def _end_address() -> str:
    try:
        return oidc.end_address()
    except OidcFailed as failure:
        logger.warning("single sign-on: %s", failure)
        return ""


def _sign_in_page(request: HttpRequest, form: SignInForm) -> HttpResponse:
    facts = {
        "form": form,
        "next": next_page(request),
        "single_sign_on": settings.OIDC_NAME if settings.OIDC_DISCOVERY_URL else "",
        "password_closed": settings.OIDC_ONLY,
        "still_in_elsewhere": bool(settings.OIDC_DISCOVERY_URL) and request.GET.get("still") == "elsewhere",
    }
    if facts["still_in_elsewhere"]:
        facts["end_there"] = _end_address()
    return render(request, "accounts/sign_in.html", facts)


def _second_factor_page(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse:
    kinds = {factor.type for factor in second_factor.factors(user)}
    form.fields["code"].help_text = _APP_HINT if Authenticator.Type.TOTP in kinds else _NO_APP_HINT
    facts: dict[str, Any] = {
        "form": form,
        "has_app": Authenticator.Type.TOTP in kinds,
        "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
    }
    return render(request, "accounts/second_factor.html", facts)


def _refused(page: HttpResponse, refusal: SignInRefused) -> HttpResponse:
    page.status_code = 422
    if refusal.retry_after_seconds is not None:
        page.status_code = 429
        page["Retry-After"] = str(refusal.retry_after_seconds)
    return page
