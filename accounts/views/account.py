"""My account: who I am here."""

from typing import ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import audit, elevation, email_changes, membership
from accounts.access import confirmation_required, open_door, signed_in_required
from accounts.email_changes import StaleConfirmation
from accounts.forms import Styled, carry_out, posted
from accounts.models import User


class ProfileForm(Styled, forms.ModelForm[User]):
    """What others see."""

    class Meta:
        model = User
        fields: ClassVar = ["name"]


class EmailForm(Styled, forms.Form):
    """Another address, which is taken once it is confirmed."""

    email = forms.EmailField(
        label="New e-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@signed_in_required
def account(request: HttpRequest) -> HttpResponse:
    """Name, address, role."""
    person = audit.actor_of(request)
    form = ProfileForm(posted(request), instance=User.objects.get(pk=person.pk))
    if carry_out(form, lambda name: membership.edit_member(person, actor=person, name=name)):
        messages.success(request, "Your name was changed.")
        return redirect("accounts:account")
    return _page(request, form, EmailForm())


@require_POST
@signed_in_required
@confirmation_required
def change_email(request: HttpRequest) -> HttpResponse:
    """Sends a letter to the new address."""
    person = audit.actor_of(request)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _page(request, ProfileForm(instance=person), form)
    key = email_changes.confirmation_key(person, form.cleaned_data["email"])
    address = request.build_absolute_uri(reverse("accounts:confirm-email", args=[key]))
    email_changes.ask_for_confirmation(person, form.cleaned_data["email"], address=address)
    messages.info(request, f"An e-mail is on its way to {form.cleaned_data['email']}. Confirm the address from there.")
    return redirect("accounts:account")


@never_cache
@open_door("the address comes from a letter, and proves that it was read")
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    """Takes the new address; a visit alone does not, since mail programs visit too."""
    try:
        person, email = email_changes.read_key(key)
        if request.method != "POST":
            return render(request, "accounts/confirm_email.html", {"person": person, "email": email})
        email_changes.change_email(key)
    except (StaleConfirmation, ValidationError):
        return render(request, "accounts/stale_letter.html", {"again": "accounts:account"}, status=410)
    messages.success(request, f"Your e-mail address is {email} now.")
    return redirect("accounts:account")


def _page(request: HttpRequest, form: ProfileForm, email_form: EmailForm) -> HttpResponse:
    wrong = bool(form.errors or email_form.errors)
    person = audit.actor_of(request)
    elevated = elevation.current(request.session, person)
    facts = {"form": form, "email_form": email_form, "person": person, "elevation": elevated}
    return render(request, "accounts/account.html", facts, status=422 if wrong else 200)
