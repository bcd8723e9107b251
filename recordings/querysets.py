"""Questions about recordings."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db.models import BigIntegerField, Func, Model, OuterRef, Q, QuerySet, Subquery

from cameras.models import Camera

# Between the first and the last instant of a file: VMS_RECORDING_ROTATION_SECONDS is a day at most, and the next key frame
# follows soon.
LONGEST_FILE = timedelta(hours=25)

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class EpochMicroseconds(Func):
    """An instant as microseconds since 1970, exactly; for thousands of rows, as drivers are slow to read instants."""

    template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) * 1000000 AS bigint)"
    arity = 1
    output_field = BigIntegerField()

    def get_db_converters(self, connection: Any) -> list[Any]:
        """None: what comes is a number."""
        return []

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """There instants are text: 19 characters, and after a dot six digits or nothing. Whole, they would be rounded."""
        seconds = "strftime('%%%%s', substr(%(expressions)s, 1, 19))"
        template = f"({seconds} * 1000000 + CAST(substr(%(expressions)s, 21) AS INTEGER))"
        return self.as_sql(compiler, connection, template=template, **context)


class RecordingQuerySet(QuerySet[Row_co]):
    """Recordings…"""

    def visible_to(self, user: Any) -> Self:
        """…of cameras of which this person may see what was recorded."""
        return self.filter(camera__in=Camera.objects.footage_visible_to(user))

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """…with footage between two instants, or that may have some because they were never closed.

        After the node's clock was set back, a file may span several that began later, so every file is asked that may
        reach so far. The bound on the start is what lets the index on (camera, started_at, ended_at) find them at once,
        however long the archive is.
        """
        return self.filter(
            Q(ended_at__gt=start) | Q(ended_at__isnull=True), started_at__gt=start - LONGEST_FILE, started_at__lt=end
        )

    def last_begun_by(self, instant: datetime, camera_ids: Iterable[int]) -> Self:
        """…that are the last of their camera to have begun by an instant."""
        begun = self.filter(camera=OuterRef("pk"), started_at__lte=instant).order_by("-started_at").values("pk")[:1]
        of_cameras = Camera.objects.filter(pk__in=camera_ids)
        return self.filter(pk__in=of_cameras.values(last_begun=Subquery(begun)))

    def left_open(self) -> Self:
        """…that are being written, or whose recorder died."""
        return self.filter(ended_at__isnull=True)
