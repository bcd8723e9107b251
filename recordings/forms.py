"""Forms of the recordings app: which day to play back, how to record."""

from datetime import MAXYEAR, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.forms import Styled
from cameras.models import Site
from recordings.choices import RecordingMode, RecordingSource
from recordings.local_days import day_of

_FIRST_YEAR = 2000


class DayForm(Styled, forms.Form):
    """A day of a site: the one asked for, else that of the instant `at`, else today."""

    day = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "That is not a day. Write it like 2030-01-31."},
    )
    at = forms.CharField(required=False)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = site.zone
        self.today = day_of(timezone.now(), self.zone)
        self.fields["day"].widget.attrs["max"] = self.today.isoformat()

    def clean_day(self) -> date | None:
        """Refuse days that have not begun at the site, and those before there were such cameras."""
        day: date | None = self.cleaned_data["day"]
        if day and day > self.today:
            raise ValidationError("That day has not begun yet.", code="future")
        if day and day.year < _FIRST_YEAR:
            raise ValidationError(f"There is no footage from before {_FIRST_YEAR}.", code="past")
        return day

    @property
    def chosen_day(self) -> date:
        """The day to show, of a form that is valid."""
        return self.cleaned_data["day"] or self._day_of_at() or self.today

    def _day_of_at(self) -> date | None:
        instant = _instant(self.cleaned_data["at"])
        day = day_of(instant, self.zone) if instant else None
        return day if day and day <= self.today else None


class ModeForm(forms.Form):
    """Whether a camera is to be recorded."""

    mode = forms.ChoiceField(choices=RecordingMode.choices)


class SourceForm(forms.Form):
    """What is to read its stream."""

    source = forms.ChoiceField(choices=RecordingSource.choices)


def _instant(text: str) -> datetime | None:
    """An ISO 8601 instant with its offset, of years that every zone can show; None for anything else."""
    try:
        instant = parse_datetime(text.replace(" ", "+"))  # a + that was not escaped arrives as a space
    except ValueError:
        return None
    return instant if instant and instant.tzinfo and _FIRST_YEAR < instant.year < MAXYEAR else None
