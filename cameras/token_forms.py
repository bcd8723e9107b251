"""Forms of API tokens: what a token may do, for how long, from where and to which cameras; a new secret."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q
from django.utils import timezone

from accounts.choices import TokenState
from accounts.forms import Styled
from accounts.models import ApiToken, User
from accounts.scopes import AREAS, WORDS, Scope
from cameras.models import Camera, CameraGroup, Site
from cameras.token_reaches import Reach, reach_of

_DAYS = {"30": "30 days", "90": "90 days", "365": "1 year"}
_LASTS = [*_DAYS.items(), ("date", "Until a day"), ("ever", "Until it is revoked")]
_OVERLAPS = [(0, "It stops at once"), (3600, "1 hour"), (24 * 3600, "24 hours"), (7 * 24 * 3600, "7 days")]
_SEARCH = {"type": "search", "placeholder": "Name, vms_… or owner", "autocomplete": "off"}
_TICK = {"class": "form-check-input"}
_SEPARATORS = re.compile(r"[\s,;]+")
_MOST_CAMERAS = 500


class TokenFilter(Styled, forms.Form):
    """Which tokens a list shows. Revoked ones only when asked for."""

    q = forms.CharField(label="Search", required=False, max_length=200, widget=forms.TextInput(attrs=_SEARCH))
    state = forms.ChoiceField(
        required=False, choices=[("", "Not revoked"), *((state.value, state.label.title()) for state in TokenState)]
    )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)

    def chosen_from(self, tokens: Any) -> Any:
        """The tokens that fit; a filter that makes no sense finds nothing."""
        if not self.is_valid():
            return tokens.none()
        state, words = self.cleaned_data["state"], self.cleaned_data["q"]
        now = timezone.now()
        found = tokens.in_state(TokenState(state), now) if state else tokens.filter(revoked_at=None)
        return found.matching(words)


class TokenForm(Styled, forms.Form):
    """A token of this owner: a new one, or `token`. Offers the scopes that the owner's role holds, places that `actor` sees."""

    name = forms.CharField(
        max_length=80,
        help_text="What it is for: Video wall in the hall.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    lasts = forms.ChoiceField(label="It lasts", choices=_LASTS, initial="90")
    expires_at = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It ends with this day, in UTC.",
    )
    reach = forms.ChoiceField(
        label="Cameras",
        choices=[
            ("all", "Every camera that the owner sees"),
            ("some", "Only these, and never more than the owner sees"),
        ],
        initial="all",
        widget=forms.RadioSelect(attrs=_TICK),
    )
    sites = forms.ModelMultipleChoiceField(
        Site.objects.none(), required=False, widget=forms.CheckboxSelectMultiple(attrs=_TICK)
    )
    groups = forms.ModelMultipleChoiceField(
        CameraGroup.objects.none(),
        label="Camera groups",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=_TICK),
    )
    cameras = forms.CharField(
        label="Single cameras",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "form-control font-monospace"}),
        help_text="Serial numbers or public ids, one a line.",
    )
    networks = forms.CharField(
        label="Only from these networks",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "form-control font-monospace"}),
        help_text="Addresses or CIDRs, one a line: 203.0.113.0/24. Empty: from anywhere.",
    )
    requests_per_minute = forms.IntegerField(
        label="Requests a minute, at most",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="Empty: what is usual here.",
    )
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owner: User, actor: User, token: ApiToken | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner, self.actor, self.token = owner, actor, token
        fields: dict[str, Any] = self.fields
        fields["scopes"].choices = [(scope, WORDS[scope]) for scope in WORDS if scope in owner.role.scopes]
        who = "you see" if owner == actor else "the owner sees"
        fields["reach"].choices = [
            ("all", f"Every camera that {who}"),
            ("some", f"Only these, and never more than {who}"),
        ]
        fields["sites"].queryset = Site.objects.visible_to(actor)
        fields["groups"].queryset = CameraGroup.objects.visible_to(actor)
        self.initial = {**self._usual_facts(), **self.initial}
        if token is not None:
            fields["lasts"].choices = [("keep", _end_in_words(token)), *_LASTS]

    def _usual_facts(self) -> dict[str, Any]:
        if self.token is not None:
            return _facts_of(self.token)
        return {"scopes": [Scope.CAMERAS_READ], "after": self.newest_token_id}

    @property
    def areas(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The boxes of scopes, those about the same thing together."""
        ticked, offered = set(self["scopes"].value() or ()), set(self.owner.role.scopes)
        areas = [(area, [scope for scope in scopes if scope in offered]) for area, scopes in AREAS.items()]
        return [(area, [_box(scope, scope in ticked) for scope in scopes]) for area, scopes in areas if scopes]

    @property
    def newest_token_id(self) -> int | None:
        """The newest token that the owner has now: a page that is sent twice issues one token."""
        newest: int | None = self.owner.api_tokens.values_list("pk", flat=True).first()
        return newest

    @property
    def is_outdated(self) -> bool:
        """Whether another token was issued since the form was shown."""
        return self.is_bound and self.has_error(NON_FIELD_ERRORS, "outdated")

    def clean_networks(self) -> list[str]:
        """One by one; the room reads them."""
        return [one for one in _SEPARATORS.split(self.cleaned_data["networks"]) if one]

    def clean_cameras(self) -> list[Camera]:
        """The cameras that were named, of those that the actor sees."""
        named = list(dict.fromkeys(one for one in _SEPARATORS.split(self.cleaned_data["cameras"]) if one))
        if len(named) > _MOST_CAMERAS:
            raise ValidationError(f"Name {_MOST_CAMERAS} cameras at most; take sites or groups for more.")
        seen = Camera.objects.visible_to(self.actor)
        found = list(seen.filter(Q(serial_number__in=named) | Q(public_id__in=named)))
        known = {name for camera in found for name in (camera.serial_number, camera.public_id)}
        if unknown := [name for name in named if name not in known]:
            raise ValidationError(f"There is no camera {unknown[0]}, or you may not see it.")
        return found

    def clean(self) -> dict[str, Any]:
        """Leave what token_reaches.issue and edit take."""
        facts = super().clean() or self.cleaned_data
        if self.token is None and facts.pop("after", None) != self.newest_token_id:
            raise ValidationError("A token was issued in the meantime.", code="outdated")
        facts.pop("after", None)
        reach = Reach(*(list(facts.pop(name, ())) for name in ("sites", "groups", "cameras")))
        facts["reach"] = reach if facts.get("reach") == "some" else None
        self._settle_end(facts)
        return facts

    def _settle_end(self, facts: dict[str, Any]) -> None:
        lasts, day = facts.pop("lasts", ""), facts.pop("expires_at", None)
        if lasts == "date" and day is None:
            self.add_error("expires_at", "Choose the day.")
        if lasts != "keep":
            facts["expires_at"] = _end_of(lasts, day)


class RotationForm(Styled, forms.Form):
    """A new secret. `after` tells which rotation the person knew of: a page that is sent twice rotates once."""

    overlap = forms.TypedChoiceField(
        label="The old secret",
        choices=_OVERLAPS,
        initial=24 * 3600,
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
        help_text="Time to give the new one to the program without an interruption.",
    )
    after = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, token: ApiToken, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last = token.rotated_at.isoformat() if token.rotated_at else ""
        self.initial.setdefault("after", self.last)

    def clean(self) -> dict[str, Any]:
        """Leave what api_tokens.rotate takes."""
        facts = super().clean() or self.cleaned_data
        if facts.pop("after", "") != self.last:
            raise ValidationError("It was rotated in the meantime. The newest secret is shown only once.")
        return facts


def _facts_of(token: ApiToken) -> dict[str, Any]:
    reach = reach_of(token)
    places = reach or Reach()
    return {
        "name": token.name,
        "scopes": token.scopes,
        "lasts": "keep",
        "reach": "some" if reach else "all",
        "sites": places.sites,
        "groups": places.groups,
        "cameras": _lines(camera.serial_number for camera in places.cameras),
        "networks": _lines(token.networks),
        "requests_per_minute": token.requests_per_minute,
    }


def _end_in_words(token: ApiToken) -> str:
    return (
        f"As now: until {token.expires_at:%-d %b %Y, %H:%M} UTC" if token.expires_at else "As now: until it is revoked"
    )


def _end_of(lasts: str, day: Any) -> datetime | None:
    if lasts in _DAYS:
        return timezone.now() + timedelta(days=int(lasts))
    return datetime.combine(day, time.max, UTC) if lasts == "date" and day else None


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _box(scope: Scope, ticked: bool) -> dict[str, Any]:
    return {"scope": scope.value, "words": WORDS[scope.value], "ticked": ticked}
