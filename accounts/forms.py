"""The sign-in form, and what every form of the portal has in common: looks, and errors of verbs at their fields."""

from collections.abc import Callable
from typing import Any, Self, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from accounts.delegation import ChangeRefused

Result = TypeVar("Result")

_CLASSES: dict[type[forms.Widget], str] = {forms.Select: "form-select", forms.CheckboxInput: "form-check-input"}


class Styled(forms.BaseForm):
    """Gives each widget the class that the style sheet knows. Stands before Form or ModelForm."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", _CLASSES.get(type(field.widget), "form-control"))


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what was sent, or nothing when the page is only visited."""
    return request.POST if request.method == "POST" else None


def carry_out(form: forms.BaseForm, verb: Callable[..., Result]) -> Result | None:
    """Call a verb with what the form holds, and return what it returns.

    None when nothing was sent, or something is wrong; the words of a ValidationError are then at the form's fields, those
    of a ChangeRefused above them.
    """
    if not form.is_valid():
        return None
    try:
        return verb(**form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
    except ChangeRefused as error:
        form.add_error(None, str(error))
    return None


class Refusable(Styled, forms.Form):
    """Says what the room said when it refused what was typed."""

    def refused(self, refusal: Exception) -> Self:
        """The form again, with the reason and nothing else."""
        self.is_valid()
        self.errors.clear()
        self.add_error(None, str(refusal))
        return self


class SignInForm(Refusable):
    """E-mail address and password; the same words whether the address or the password is wrong."""

    username = forms.CharField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username webauthn", "autofocus": True})
    )
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class CodeForm(Refusable):
    """A code of an app, or a recovery code."""

    code = forms.CharField(
        max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True})
    )


class ProofForm(Refusable):
    """The password once more, or a code."""

    proof = forms.CharField(
        label="Password, or a code",
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
        help_text="A code of your authenticator app or a recovery code does, too",
    )


class ElevationForm(ProofForm):
    """Why, and the password once more."""

    field_order = ("reason", "proof")
    reason = forms.CharField(
        label="What for?",
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True}),
        help_text="Kept in the audit: a ticket, or a sentence",
    )
