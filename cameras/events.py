"""Live status for browsers: the payloads, their topics, and who may join which topic.

Permission is decided once, when a socket joins its topics, not per message. A camera's events go to the topic of all
cameras, of its site, of each group around it, and of the camera itself.
"""

import logging
from typing import Any, Literal, TypedDict

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db.models import Q

from accounts.models import User
from accounts.scopes import Scope
from cameras.models import Camera, Grant

logger = logging.getLogger(__name__)
EVERY_CAMERA = "cameras.all"


class CameraStatusEvent(TypedDict):
    """A camera's badge changed."""

    type: Literal["camera.status"]
    public_id: str
    badge: str
    label: str
    since: str


class CameraActivityEvent(TypedDict):
    """Something on the camera's page is out of date: a session, a refused attempt, a recording."""

    type: Literal["camera.activity"]
    public_id: str


def camera_topic(camera_id: int) -> str:
    """The topic of one camera's page."""
    return f"cameras.camera.{camera_id}"


def topics_of_user(user: User) -> list[str]:
    """The topics whose every event this person may see. Queries once."""
    if not user.has_scope(Scope.CAMERAS_READ):
        return []
    if user.has_scope(Scope.CAMERAS_ALL):
        return [EVERY_CAMERA]
    grants = Grant.objects.filter(Q(user=user) | Q(role=user.role_id)).values_list("site_id", "group_id")
    return [f"cameras.site.{site}" if site else f"cameras.group.{group}" for site, group in grants]


def user_topic(user_id: int) -> str:
    """The topic on which a person's sockets are told to come back and be checked again."""
    return f"accounts.user.{user_id}"


def announce_status(camera: Camera) -> None:
    """Tell browsers the camera's badge."""
    event = CameraStatusEvent(
        type="camera.status",
        public_id=camera.public_id,
        badge=camera.badge.value,
        label=str(camera.badge.label),
        since=camera.status_since.isoformat(),
    )
    _send(_topics_of_camera(camera), event)


def announce_activity(camera: Camera) -> None:
    """Tell open pages of this camera to fetch what they show again."""
    _send([camera_topic(camera.pk)], CameraActivityEvent(type="camera.activity", public_id=camera.public_id))


def ask_to_return(user_ids: list[int]) -> None:
    """Close these people's sockets; their pages connect again and get the topics they may see now."""
    _send([user_topic(user_id) for user_id in user_ids], {"type": "access.changed"})


def ask_watchers_to_return(camera: Camera) -> None:
    """Close the sockets of this camera's page: it hangs elsewhere now, and not all of them may see it there."""
    _send([camera_topic(camera.pk)], {"type": "access.changed"})


def _topics_of_camera(camera: Camera) -> list[str]:
    topics = [EVERY_CAMERA, f"cameras.site.{camera.site_id}", camera_topic(camera.pk)]
    if camera.group is not None:
        topics += [f"cameras.group.{pk}" for pk in camera.group.ancestors.values_list("pk", flat=True)]
    return topics


def _send(topics: list[str], event: Any) -> None:
    """Browsers ask again when they connect again, so a message that Redis does not take is only logged."""
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        for topic in topics:
            async_to_sync(layer.group_send)(topic, dict(event))
    except (redis.RedisError, OSError) as error:
        logger.warning("browsers not told of %s: %s", event["type"], error)
