"""Forms of the cameras app: what to list, a camera's facts, sites, groups."""

import zoneinfo
from typing import Any

from django import forms

from accounts.forms import Styled
from accounts.models import User
from cameras.choices import Badge
from cameras.models import Camera, CameraGroup, Site
from cameras.querysets import CameraQuerySet

_SEARCH = {"type": "search", "placeholder": "Name, serial number, place…", "autocomplete": "off"}


class CameraFilter(Styled, forms.Form):
    """What the camera list shows. Retired cameras only when asked for."""

    q = forms.CharField(label="Search", required=False, max_length=200, widget=forms.TextInput(attrs=_SEARCH))
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label="All sites")
    group = forms.ModelChoiceField(CameraGroup.objects.none(), required=False, empty_label="All groups")
    badge = forms.ChoiceField(label="Status", required=False, choices=[("", "In use"), *Badge.choices])

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_places(self, user)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)

    def chosen_from(self, cameras: CameraQuerySet[Camera]) -> CameraQuerySet[Camera]:
        """The cameras that fit; a filter that makes no sense finds nothing."""
        if not self.is_valid():
            return cameras.none()
        wanted = self.cleaned_data
        found = cameras.with_badge(Badge(wanted["badge"])) if wanted["badge"] else cameras.in_use()
        if wanted["site"]:
            found = found.filter(site=wanted["site"])
        if wanted["group"]:
            found = found.filter(group__ancestors=wanted["group"])
        return found.matching(wanted["q"])


class CameraForm(Styled, forms.ModelForm[Camera]):
    """A camera's facts. Offers the sites and groups that the person may see."""

    class Meta:
        model = Camera
        fields = ("name", "serial_number", "site", "group", "place", "vendor", "model")
        help_texts = {
            "serial_number": "As printed on the camera. No two cameras share one.",
            "place": "Where it hangs and what it looks at.",
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_places(self, user)
        for name in ("name", "serial_number", "place", "vendor", "model"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["site"].empty_label = "Choose a site"  # type: ignore[attr-defined]
        self.fields["group"].empty_label = "None"  # type: ignore[attr-defined]
        sites = self.fields["site"].queryset  # type: ignore[attr-defined]
        if self.instance.pk is None and len(sites) == 1:
            self.initial.setdefault("site", sites[0].pk)


class SiteForm(Styled, forms.ModelForm[Site]):
    """A place with cameras."""

    class Meta:
        model = Site
        fields = ("name", "time_zone", "region")
        widgets = {"time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"})}
        help_texts = {
            "time_zone": "For example Europe/Berlin. The site's days begin at midnight there.",
            "region": "Optional. Media nodes of this region are preferred.",
        }

    @property
    def time_zones(self) -> list[str]:
        """What the browser offers while somebody types."""
        return sorted(zoneinfo.available_timezones())


class GroupForm(Styled, forms.ModelForm[CameraGroup]):
    """A camera group, at the root or inside another."""

    class Meta:
        model = CameraGroup
        fields = ("name", "parent")
        labels = {"parent": "Inside the group"}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parents = CameraGroup.objects.visible_to(user)
        if self.instance.pk is not None:
            parents = parents.exclude(ancestors=self.instance)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]
        self.fields["parent"].empty_label = "None"  # type: ignore[attr-defined]


def _offer_places(form: forms.BaseForm, user: User) -> None:
    fields: dict[str, Any] = form.fields
    fields["site"].queryset = Site.objects.visible_to(user)
    fields["group"].queryset = CameraGroup.objects.visible_to(user)
