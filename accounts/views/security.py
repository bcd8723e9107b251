"""My account: password, second factors, recovery codes."""

import base64
from io import BytesIO
from urllib.parse import quote, urlencode

import qrcode
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from qrcode.image.svg import SvgPathImage

from accounts import audit, enrolling, passkeys, passwords, second_factor, sessions
from accounts import sign_in as signing_in
from accounts.access import (
    confirmation_required,
    knock_of,
    note_confirmation,
    open_before_second_factor,
    signed_in_required,
)
from accounts.forms import CodeForm, Styled, carry_out, posted
from accounts.models import User
from accounts.passkeys import PasskeyRefused
from accounts.sign_in import SignInRefused
from accounts.views.password_reset import NewPasswordForm
from accounts.views.sign_in import place_of

_APP_KEY = "app_key"
_ADDING = "passkey_adding"


class ChangePasswordForm(NewPasswordForm):
    """The present password, and another one twice."""

    field_order = ("present", "password", "again")
    present = forms.CharField(
        label="Present password",
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasskeyForm(Styled, forms.Form):
    """What the browser made, and what the person calls it."""

    name = forms.CharField(
        label="Name of a new passkey",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "My laptop"}),
    )
    credential = forms.JSONField(widget=forms.HiddenInput)


@never_cache
@open_before_second_factor
@signed_in_required
def security(request: HttpRequest) -> HttpResponse:
    """How I sign in."""
    return _page(request, ChangePasswordForm())


@never_cache
@require_POST
@open_before_second_factor
@signed_in_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Takes another password, and signs out elsewhere."""
    person = audit.actor_of(request)
    form = ChangePasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        signing_in.confirm_password(user=person, password=form.cleaned_data["present"], **knock_of(request))
        passwords.change_password(
            person, form.cleaned_data["password"], actor=person, keep_session=request.session.session_key
        )
    except SignInRefused as refusal:
        form.add_error("present", str(refusal))
        return _page(request, form)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form)
    _go_on(request, person)
    messages.success(request, "Your password was changed, and you were signed out in every other browser.")
    return redirect("accounts:security")


@never_cache
@open_before_second_factor
@signed_in_required
@confirmation_required
def add_app(request: HttpRequest) -> HttpResponse:
    """Shows the key of a new authenticator app, and takes the first code."""
    person = audit.actor_of(request)
    if second_factor.has_app(person):
        return redirect("accounts:security")
    form = CodeForm(posted(request))
    secret = request.session.setdefault(_APP_KEY, enrolling.new_app_secret())
    keep = request.session.session_key
    codes = carry_out(
        form, lambda code: enrolling.add_app(person, secret=secret, code=code, actor=person, keep_session=keep)
    )
    if codes is not None:
        del request.session[_APP_KEY]
        return _after_adding(request, codes)
    facts = {"form": form, "secret": _in_fours(secret), "picture": _qr_picture(person, secret, request.get_host())}
    return render(request, "accounts/add_app.html", facts, status=422 if form.errors else 200)


@never_cache
@require_POST
@open_before_second_factor
@signed_in_required
@confirmation_required
def passkey_options(request: HttpRequest) -> JsonResponse:
    """Options for `navigator.credentials.create`."""
    options, request.session[_ADDING] = passkeys.begin_adding(audit.actor_of(request), place=place_of(request))
    return JsonResponse(options)


@never_cache
@require_POST
@open_before_second_factor
@signed_in_required
@confirmation_required
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Takes a passkey that the browser has made."""
    person = audit.actor_of(request)
    form = PasskeyForm(request.POST)
    state = request.session.pop(_ADDING, None)
    try:
        if not form.is_valid() or state is None:
            raise PasskeyRefused
        key = passkeys.finish_adding(form.cleaned_data["credential"], state, place=place_of(request))
    except PasskeyRefused:
        messages.error(request, "The passkey was not accepted. Try again.")
        return redirect("accounts:security")
    keep = request.session.session_key
    codes = enrolling.add_passkey(person, name=form.cleaned_data["name"], key=key, actor=person, keep_session=keep)
    return _after_adding(request, codes)


@never_cache
@open_before_second_factor
@signed_in_required
@confirmation_required
def remove_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets an app or a passkey, after asking."""
    person = audit.actor_of(request)
    factor: Authenticator = get_object_or_404(second_factor.factors(person), pk=pk)
    facts = {"name": enrolling.name_of(factor), "is_last": second_factor.factors(person).count() == 1}
    if request.method != "POST":
        return render(request, "accounts/remove_factor.html", facts)
    try:
        enrolling.remove_factor(factor, actor=person)
    except ValidationError as error:
        return render(
            request, "accounts/remove_factor.html", {**facts, "refusal": " ".join(error.messages)}, status=422
        )
    messages.success(request, f"“{facts['name']}” opens this account no longer.")
    return redirect("accounts:security")


@never_cache
@require_POST
@open_before_second_factor
@signed_in_required
@confirmation_required
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Makes fresh codes and shows them."""
    person = audit.actor_of(request)
    try:
        codes = enrolling.make_recovery_codes(person, actor=person)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("accounts:security")
    return _show_codes(request, codes)


def _page(request: HttpRequest, form: ChangePasswordForm) -> HttpResponse:
    person = audit.actor_of(request)
    facts = {
        "form": form,
        "passkey_form": PasskeyForm(),
        "person": person,
        "factors": [(factor, enrolling.name_of(factor)) for factor in second_factor.factors(person)],
        "has_app": second_factor.has_app(person),
        "codes_left": second_factor.recovery_codes_left(person),
        "is_missing": second_factor.is_missing(person),
    }
    return render(request, "accounts/security.html", facts, status=422 if form.errors else 200)


def _go_on(request: HttpRequest, person: User) -> None:
    """This session outlives the old password, under another key."""
    before = str(request.session.session_key)
    update_session_auth_hash(request, person)
    sessions.follow(before, str(request.session.session_key))
    note_confirmation(request)


def _after_adding(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Recovery codes, if there are new ones, are told now or never."""
    if codes:
        return _show_codes(request, codes)
    messages.success(request, "From now on you can sign in with it.")
    return redirect("accounts:security")


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    file = f"data:text/plain;charset=utf-8,{quote(_file_of(codes, request.get_host()))}"
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "file": file})


def _file_of(codes: list[str], host: str) -> str:
    return f"Recovery codes of {host}. Each opens your account once.\n\n" + "\n".join(codes) + "\n"


def _in_fours(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _qr_picture(person: User, secret: str, host: str) -> str:
    """What an app reads: https://github.com/google/google-authenticator/wiki/Key-Uri-Format, as an SVG in a data: address."""
    issuer = f"VMS {host}"
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    file = BytesIO()
    qrcode.make(f"otpauth://totp/{quote(issuer)}:{quote(person.email)}?{query}", image_factory=SvgPathImage).save(file)
    return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"
