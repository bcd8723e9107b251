"""Forms of the streaming app: a new stream key, an address for a phone, a list of cameras."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from accounts.forms import Styled
from accounts.models import User
from accounts.scopes import Scope
from cameras import spreadsheets
from cameras.bulk_enrolment import MOST_ROWS
from cameras.models import Camera
from cameras.spreadsheets import BadSpreadsheet

_MOST_BYTES = 5_000_000
_OVERLAPS = [(0, "stop at once"), (3600, "1 hour"), (24 * 3600, "24 hours"), (7 * 24 * 3600, "7 days")]


class KeyForm(Styled, forms.Form):
    """A new stream key. Local times are the site's.

    `after` is the id of the newest key that the person knew of, or empty: a page that is sent twice issues one key.
    """

    overlap = forms.TypedChoiceField(
        label="Older keys stay valid for",
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
        required=False,
        empty_value=None,
        help_text="Time to enter the new key into the camera without losing the picture.",
    )
    expires_at = forms.DateTimeField(
        label="The new key ends",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: it is valid until it is revoked.",
    )
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, camera: Camera, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.camera = camera
        usual = settings.STREAM_KEY_OVERLAP_SECONDS
        choices = dict(_OVERLAPS)
        choices.setdefault(usual, f"{usual} seconds")
        self.fields["overlap"].choices = sorted(choices.items())  # type: ignore[attr-defined]
        self.initial.setdefault("overlap", usual)
        self.initial.setdefault("after", self.newest_key_id)
        self.fields["expires_at"].help_text += f" Time zone: {camera.site.time_zone}."

    @property
    def newest_key_id(self) -> int | None:
        """The newest key there is now."""
        newest: int | None = self.camera.stream_keys.filter(temporary=False).values_list("pk", flat=True).first()
        return newest

    @property
    def is_outdated(self) -> bool:
        """Whether another key was issued since the form was shown."""
        return self.is_bound and self.has_error(NON_FIELD_ERRORS, "outdated")

    def clean(self) -> dict[str, Any]:
        """Leave what stream_keys.rotate_key takes. Refuse a form that another key has overtaken."""
        facts = super().clean() or self.cleaned_data
        if facts.pop("after", None) != self.newest_key_id:
            raise ValidationError("A key was issued in the meantime.", code="outdated")
        return facts

    def full_clean(self) -> None:
        """Read local times as the site's."""
        with timezone.override(self.camera.site.zone):
            super().full_clean()


class TemporaryKeyForm(Styled, forms.Form):
    """For how long an address for a phone or a drone is valid."""

    valid_for = forms.TypedChoiceField(
        label="It is valid for",
        choices=[(3600, "1 hour"), (4 * 3600, "4 hours"), (12 * 3600, "12 hours"), (24 * 3600, "24 hours")],
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
        help_text="Then it ends by itself, and so does a publish that goes on.",
    )


class CameraListForm(Styled, forms.Form):
    """A list of cameras as CSV: a file, or its text when what would become of it was shown before."""

    file = forms.FileField(label="CSV file", required=False, help_text="At most 10,000 cameras in 5 MB.")
    text = forms.CharField(required=False, strip=False, widget=forms.Textarea(attrs={"hidden": True}))
    update = forms.BooleanField(
        label="Change cameras that are there", required=False, help_text="Else other facts of a camera are an error."
    )
    skip_refused = forms.BooleanField(
        label="Leave refused rows out", required=False, help_text="Else one refused row refuses the list."
    )
    with_keys = forms.BooleanField(
        label="Issue stream keys", required=False, help_text="To each camera that has none; they are shown once."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".csv,text/csv"
        if not user.has_scope(Scope.STREAM_KEYS_WRITE):
            del self.fields["with_keys"]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of the list."""
        read: list[dict[str, str]] = self.cleaned_data["rows"]
        return read

    @property
    def wishes(self) -> dict[str, bool]:
        """How it is to be carried out, as streaming.commissioning takes it."""
        return {name: bool(self.cleaned_data.get(name)) for name in ("update", "skip_refused", "with_keys")}

    def clean(self) -> dict[str, Any]:
        """Read the list. Its text is kept for the next step."""
        facts = super().clean() or self.cleaned_data
        data = self._sent(facts)
        try:
            facts["rows"] = spreadsheets.read_cameras(data)
        except BadSpreadsheet as error:
            raise ValidationError({"file": str(error)}, code="list") from error
        if not 0 < len(facts["rows"]) <= MOST_ROWS:
            raise ValidationError({"file": f"The list needs 1 to {MOST_ROWS:,} cameras."}, code="length")
        facts["text"] = data.decode("utf-8-sig")
        return facts

    def _sent(self, facts: dict[str, Any]) -> bytes:
        file, text = facts.get("file"), facts.get("text") or ""
        if file is None and not text:
            raise ValidationError({"file": "Choose a file."}, code="required")
        data: bytes = file.read(_MOST_BYTES + 1) if file else text.encode()
        if len(data) > _MOST_BYTES:
            raise ValidationError({"file": "The file is larger than 5 MB. Split it."}, code="large")
        return data
