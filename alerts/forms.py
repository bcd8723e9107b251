"""Forms of webhooks and of security rules."""

from datetime import timedelta
from typing import Any

from django import forms

from accounts.forms import Styled
from accounts.models import User
from alerts.choices import SCOPE_OF, SUBSCRIBABLE
from alerts.models import Webhook
from cameras.models import CameraGroup, Site

_OVERLAPS = [(0, "It stops at once"), (3600, "1 hour"), (24 * 3600, "24 hours"), (7 * 24 * 3600, "7 days")]


class WebhookForm(Styled, forms.Form):
    """A webhook of this person; offers what their role lets them know."""

    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
        help_text="Where the news is posted to",
    )
    events = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label="all", label="Cameras of the site")
    group = forms.ModelChoiceField(
        CameraGroup.objects.none(), required=False, empty_label="all", label="or of the camera group"
    )
    active = forms.BooleanField(
        label="In use", required=False, initial=True, help_text="Switched off, it is told nothing"
    )

    def __init__(self, *args: Any, actor: User, webhook: Webhook | None = None, **kwargs: Any) -> None:
        names = ("name", "url", "events", "site", "group", "active")
        initial = {name: getattr(webhook, name) for name in names} if webhook else {}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["site"].queryset = Site.objects.visible_to(actor)  # type: ignore[attr-defined]
        self.fields["group"].queryset = CameraGroup.objects.visible_to(actor)  # type: ignore[attr-defined]
        offered = [(name, words) for name, words in SUBSCRIBABLE if actor.has_scope(SCOPE_OF[name])]
        self.fields["events"].choices = offered  # type: ignore[attr-defined]

    @property
    def boxes(self) -> list[dict[str, Any]]:
        """The boxes of events."""
        ticked = set(self["events"].value() or ())
        choices = self.fields["events"].choices  # type: ignore[attr-defined]
        return [{"value": name, "words": words, "ticked": name in ticked} for name, words in choices]


class SecretRotationForm(Styled, forms.Form):
    """A new secret."""

    overlap = forms.TypedChoiceField(
        label="The old secret",
        choices=_OVERLAPS,
        initial=24 * 3600,
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
        help_text="For so long, news is signed with both.",
    )
