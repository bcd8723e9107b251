"""Forms of the streaming app: a new stream key."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from accounts.forms import Styled
from cameras.models import Camera

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
        newest: int | None = self.camera.stream_keys.values_list("pk", flat=True).first()
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
