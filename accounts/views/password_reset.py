"""A forgotten password: ask for a letter, and choose another one."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts import letters, passwords
from accounts.access import open_door
from accounts.counting import limited_posts
from accounts.forms import Styled, carry_out, posted

_KEY = "password_reset_key"
_IN_SESSION = "now"


class AddressForm(Styled, forms.Form):
    """Where the letter goes."""

    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )


class NewPasswordForm(Styled, forms.Form):
    """Typed twice, so that a slip does not lock somebody out."""

    password = forms.CharField(
        label="New password",
        min_length=10,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least ten characters; nothing that many others use",
    )
    again = forms.CharField(
        label="New password again", max_length=4096, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_again(self) -> str:
        """Raise ValidationError unless both are the same."""
        again = str(self.cleaned_data["again"])
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise forms.ValidationError("This is not the same as above.", code="again")
        return again


@limited_posts("sign-in")
@open_door("people who have forgotten their password ask for an e-mail")
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Sends a letter to whoever has an account, and tells everybody the same."""
    _not_with_single_sign_on()
    form = AddressForm(posted(request))
    if not form.is_valid():
        return render(request, "accounts/forgotten_password.html", {"form": form}, status=422 if form.errors else 200)
    person = passwords.person_to_reset(form.cleaned_data["email"])
    if person is not None:
        page = reverse("accounts:new-password", args=[passwords.reset_key(person)])
        facts = {"address": request.build_absolute_uri(page), "lasts": passwords.reset_lasts()}
        letters.send("reset_password", to=person.email, user=person, **facts)
    return render(request, "accounts/letter_sent.html", {"email": form.cleaned_data["email"]})


@never_cache
@open_door("the address comes from a letter, and proves that it was read")
def new_password(request: HttpRequest, key: str) -> HttpResponse:
    """Asks for another password. The key moves from the address to the session, so that no other site is told of it."""
    _not_with_single_sign_on()
    if key != _IN_SESSION:
        request.session[_KEY] = key
        return redirect("accounts:new-password", _IN_SESSION)
    person = passwords.person_of_key(request.session.get(_KEY, ""))
    if person is None:
        return render(request, "accounts/stale_letter.html", {"again": "accounts:forgotten-password"}, status=410)
    form = NewPasswordForm(posted(request))
    if form.is_valid():
        carry_out(form, lambda password, again: passwords.change_password(person, password, actor=person))
    if not form.is_bound or form.errors:
        facts = {"form": form, "person": person}
        return render(request, "accounts/new_password.html", facts, status=422 if form.errors else 200)
    request.session.pop(_KEY, None)
    messages.success(request, "Your password was changed. Sign in with it.")
    return redirect("accounts:sign-in")


def _not_with_single_sign_on() -> None:
    if settings.OIDC_ONLY:
        raise Http404
