"""A place with cameras and a time zone."""

import zoneinfo
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from cameras.querysets import SiteQuerySet


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is not a time zone. Write one like Europe/Berlin.", code="time_zone")


class Site(models.Model):
    """One row: a place with cameras. Its days begin at midnight in its time zone."""

    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[validate_time_zone], help_text="IANA name, for example Europe/Berlin"
    )
    region = models.CharField(max_length=64, blank=True, help_text="Media nodes of this region are preferred")

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The site's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)
