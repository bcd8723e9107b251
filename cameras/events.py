"""Live status for browsers: the payloads, and their topics. `hearing` decides who may join which.

A camera's events go to the topic of all cameras, of its site, of each group around it, and of the camera itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypedDict

from django.db.models import Model

from cameras.models import Camera, CameraGroup
from cameras.telling import tell

EVERY_CAMERA = "cameras.all"
# The topic of all cameras' pages: news of many cameras at once is one message to it, not one to each page.
EVERY_PAGE = "cameras.pages"
# The topic of all sockets of API tokens that reach some cameras only.
RESTRICTED = "accounts.restricted"
_FEW = 8


class CameraStatusEvent(TypedDict):
    """A camera's badge changed. Where the camera is, sockets are told, and browsers are not."""

    type: Literal["camera.status"]
    public_id: str
    badge: str
    label: str
    since: str
    site_id: int
    group_ids: list[int]


class CameraActivityEvent(TypedDict):
    """Something on the camera's page is out of date: a session, a refused attempt, a recording."""

    type: Literal["camera.activity"]
    public_id: str


class CameraBatchEvent(TypedDict):
    """News of many cameras in one message; the socket passes on what concerns it."""

    type: Literal["camera.batch"]
    events: list[CameraStatusEvent] | list[CameraActivityEvent]


def camera_topic(camera_id: int) -> str:
    """The topic of one camera's page."""
    return f"cameras.camera.{camera_id}"


def user_topic(user_id: int) -> str:
    """The topic on which a person's sockets are told to come back and be checked again."""
    return f"accounts.user.{user_id}"


def credential_topic(kind: type[Model], pk: object) -> str:
    """The topic on which the sockets of an API token, or of a program's sign-in, are told the same."""
    return f"accounts.{kind._meta.model_name}.{pk}"


def announce_status(camera: Camera) -> None:
    """Tell browsers the camera's badge."""
    announce_statuses([camera])


def announce_statuses(cameras: Sequence[Camera]) -> None:
    """Tell browsers the badges of cameras."""
    by_topic: dict[str, list[CameraStatusEvent]] = defaultdict(list)
    for camera, event in zip(cameras, status_events(cameras), strict=True):
        groups = [f"cameras.group.{group_id}" for group_id in event["group_ids"]]
        for topic in (EVERY_CAMERA, f"cameras.site.{camera.site_id}", *groups):
            by_topic[topic].append(event)
        by_topic[_page_topic(camera, cameras)].append(event)
    tell({topic: _one_message(events) for topic, events in by_topic.items()})


def status_events(cameras: Sequence[Camera]) -> list[CameraStatusEvent]:
    """What is told of each of these cameras' badges. Queries once, and not for none."""
    ancestors = _ancestors_of({camera.group_id for camera in cameras if camera.group_id})
    return [_status_event(camera, ancestors.get(camera.group_id or 0, [])) for camera in cameras]


def announce_activity(camera: Camera) -> None:
    """Tell open pages of this camera to fetch what they show again."""
    announce_activities([camera])


def announce_activities(cameras: Sequence[Camera]) -> None:
    """Tell open pages of these cameras to fetch what they show again."""
    by_topic: dict[str, list[CameraActivityEvent]] = defaultdict(list)
    for camera in cameras:
        event = CameraActivityEvent(type="camera.activity", public_id=camera.public_id)
        by_topic[_page_topic(camera, cameras)].append(event)
    tell({topic: _one_message(events) for topic, events in by_topic.items()})


def ask_to_return(user_ids: list[int]) -> None:
    """Close these people's sockets; their pages connect again and get the topics they may see now."""
    tell({user_topic(user_id): {"type": "access.changed"} for user_id in user_ids})


def ask_programs_to_return(kind: type[Model], ids: Iterable[object]) -> None:
    """Close the sockets of these credentials: what they open is not what it was."""
    tell({credential_topic(kind, pk): {"type": "access.changed"} for pk in ids})


def ask_restricted_to_return() -> None:
    """Close the sockets of API tokens that reach some cameras only: cameras hang elsewhere now."""
    tell({RESTRICTED: {"type": "access.changed"}})


def ask_watchers_to_return(camera: Camera) -> None:
    """Close the sockets of this camera's page: it hangs elsewhere now, and not all of them may see it there."""
    tell({camera_topic(camera.pk): {"type": "access.changed"}})


def _status_event(camera: Camera, group_ids: list[int]) -> CameraStatusEvent:
    return CameraStatusEvent(
        type="camera.status",
        public_id=camera.public_id,
        badge=camera.badge.value,
        label=str(camera.badge.label),
        since=camera.status_since.isoformat(),
        site_id=camera.site_id,
        group_ids=group_ids,
    )


def _ancestors_of(group_ids: set[int]) -> dict[int, list[int]]:
    """The groups around each group, itself among them. Queries once."""
    around: dict[int, list[int]] = defaultdict(list)
    if group_ids:
        pairs = CameraGroup.objects.filter(descendants__in=group_ids).values_list("descendants", "pk")
        for group_id, ancestor_id in pairs:
            around[group_id].append(ancestor_id)
    return around


def _page_topic(camera: Camera, cameras: Sequence[Camera]) -> str:
    return camera_topic(camera.pk) if len(cameras) <= _FEW else EVERY_PAGE


def _one_message(events: list[Any]) -> Any:
    return events[0] if len(events) == 1 else CameraBatchEvent(type="camera.batch", events=events)
