"""Questions about nodes, keys, publishes."""

from datetime import datetime
from typing import Any, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.models import User
from accounts.scopes import Scope
from cameras.models import Camera

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class MediaNodeQuerySet(QuerySet[Row_co]):
    """Media nodes…"""

    def visible_to(self, user: Any) -> Self:
        """…for people who look after nodes."""
        return self if isinstance(user, User) and user.has_scope(Scope.NODES_READ) else self.none()


class StreamKeyQuerySet(QuerySet[Row_co]):
    """Stream keys…"""

    def visible_to(self, user: Any) -> Self:
        """…of cameras this person may see, if they may handle keys."""
        if not isinstance(user, User) or not user.has_scope(Scope.STREAM_KEYS_WRITE):
            return self.none()
        return self.filter(camera__in=Camera.objects.visible_to(user))

    def valid_at(self, now: datetime) -> Self:
        """…with which a camera may publish at this instant."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)


class PublishSessionQuerySet(QuerySet[Row_co]):
    """Publish sessions…"""

    def visible_to(self, user: Any) -> Self:
        """…of cameras this person may see."""
        return self.filter(camera__in=Camera.objects.visible_to(user))

    def open_now(self) -> Self:
        """…that have not ended."""
        return self.filter(ended_at__isnull=True)


class PublishAttemptQuerySet(QuerySet[Row_co]):
    """Refused publishes…"""

    def visible_to(self, user: Any) -> Self:
        """…of cameras this person may see; those for names no camera has, for people who look after nodes."""
        of_cameras = Q(camera__in=Camera.objects.visible_to(user))
        if isinstance(user, User) and user.has_scope(Scope.NODES_READ) and user.sees_every_camera:
            return self.filter(of_cameras | Q(camera__isnull=True))
        return self.filter(of_cameras)
