"""The sign-in form, and what every form of the portal has in common: looks, and errors of verbs at their fields."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.forms import EmailInput
from django.http import HttpRequest, QueryDict

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

    None when nothing was sent, or something is wrong; the words of a ValidationError are then at the form's fields.
    """
    if not form.is_valid():
        return None
    try:
        return verb(**form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return None


class SignInForm(AuthenticationForm):
    """E-mail address and password; the same words whether the address or the password is wrong."""

    error_messages = {
        "invalid_login": "That e-mail address and password do not belong together. Try again.",
        "inactive": "That e-mail address and password do not belong together. Try again.",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"].label = "E-mail address"
        self.fields["username"].widget = EmailInput(
            attrs={"class": "form-control", "autocomplete": "username", "autofocus": True}
        )
        self.fields["password"].widget.attrs.update({"class": "form-control", "autocomplete": "current-password"})
