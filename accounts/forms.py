"""The sign-in form."""

from django.contrib.auth.forms import AuthenticationForm
from django.forms import EmailInput


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
