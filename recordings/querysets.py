"""Questions about recordings."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.models import User
from accounts.scopes import Scope
from cameras.models import Camera

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class RecordingQuerySet(QuerySet[Row_co]):
    """Recordings…"""

    def visible_to(self, user: Any) -> Self:
        """…of cameras this person may see, if they may see recordings."""
        if not isinstance(user, User) or not user.has_scope(Scope.RECORDINGS_READ):
            return self.none()
        return self.filter(camera__in=Camera.objects.visible_to(user))

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """…with footage between two instants, or still being written and begun before the second."""
        return self.filter(Q(ended_at__gt=start) | Q(ended_at__isnull=True), started_at__lt=end)

    def begun_by(self, instant: datetime) -> Sequence[Row_co]:
        """…of one camera that may hold the footage of an instant: the last that had begun, and those never closed.

        Files of one camera follow each other, so an earlier one has ended before. Asked like this, the index on
        (camera, started_at) finds them at once, however long the archive is.
        """
        begun = self.filter(started_at__lte=instant).order_by("-started_at")
        last = list(begun[:1])
        unclosed = begun.left_open().exclude(pk__in=[row.pk for row in last])
        return sorted([*unclosed, *last], key=attrgetter("started_at"))

    def left_open(self) -> Self:
        """…that are being written, or whose recorder died."""
        return self.filter(ended_at__isnull=True)
