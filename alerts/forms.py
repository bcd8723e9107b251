"""Forms of webhooks and of security rules."""

from datetime import timedelta
from typing import Any

from django import forms

from accounts.forms import Styled
from accounts.models import User
from alerts.choices import SCOPE_OF, SUBSCRIBABLE, EventState, ResponseKind, ResponseMode, RuleName, Severity
from alerts.models import SecurityRule, Webhook
from alerts.security_rules import EDITABLE_FIELDS, LONGEST_BLOCK_SECONDS, LONGEST_WINDOW_SECONDS
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


class SecurityEventFilter(Styled, forms.Form):
    """Which events a list shows."""

    rule = forms.ChoiceField(required=False, choices=[("", "Every rule"), *RuleName.choices])
    state = forms.ChoiceField(
        required=False, choices=[("", "Open and acknowledged"), *((one.value, one.label.title()) for one in EventState)]
    )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)

    def chosen_from(self, events: Any) -> Any:
        """The events that fit; a filter that makes no sense finds nothing."""
        if not self.is_valid():
            return events.none()
        return events.filter(**{name: value for name, value in self.cleaned_data.items() if value})


class SecurityRuleForm(Styled, forms.Form):
    """How a rule counts, and what answers it."""

    active = forms.BooleanField(label="Watched for", required=False)
    severity = forms.ChoiceField(choices=Severity.choices)
    threshold = forms.IntegerField(min_value=1, max_value=1_000_000, label="From so many on")
    window_seconds = forms.IntegerField(
        min_value=1, max_value=LONGEST_WINDOW_SECONDS, label="within", help_text="Seconds"
    )
    factor = forms.IntegerField(
        min_value=1, max_value=10_000, help_text="Times its own past; of key guessing, tries a minute under one name"
    )
    quiet_seconds = forms.IntegerField(
        min_value=1, max_value=LONGEST_BLOCK_SECONDS, label="Told again after", help_text="Seconds, of the same subject"
    )
    response = forms.ChoiceField(choices=[(one.value, one.label.capitalize()) for one in ResponseKind])
    response_mode = forms.ChoiceField(
        label="Answers",
        choices=[
            (ResponseMode.OFF, "Never"),
            (ResponseMode.DRY_RUN, "By saying what would be done"),
            (ResponseMode.ON, "By doing it"),
        ],
    )
    block_seconds = forms.IntegerField(
        min_value=1, max_value=LONGEST_BLOCK_SECONDS, label="Blocks for", help_text="Seconds"
    )

    def __init__(self, *args: Any, rule: SecurityRule, **kwargs: Any) -> None:
        initial = {name: getattr(rule, name) for name in EDITABLE_FIELDS}
        super().__init__(*args, initial=initial, **kwargs)
