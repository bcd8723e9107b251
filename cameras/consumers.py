"""Door for sockets of browsers and programs: live camera status."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone

from accounts import bearers
from accounts.bearers import Credential
from accounts.models import User
from cameras import events, telling
from cameras.hearing import Hearing, hearing_of
from cameras.models import Camera
from cameras.querysets import CameraQuerySet

NOT_SIGNED_IN = 4401
NOT_FOUND = 4404
COME_BACK = 1012  # Service Restart (IANA's registry of close codes)
_NOT_TOLD = ("site_id", "group_ids")
# A page is written, loaded, and only then listens. What changed in between is told to whoever begins to.
_WHILE_THE_PAGE_LOADED = timedelta(seconds=60)


class CamerasSocket(AsyncJsonWebsocketConsumer):
    """Status of every camera the person may see."""

    vms_lock = "scope:cameras:read"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.joined: list[str] = []
        self.hearing = Hearing()
        self.credential: Credential | None = None
        self.subprotocol: str | None = None
        self.end: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Join the topics that this person may hear, or close with 4401 or 4404.

        A browser that is let in hears of everything from then on: it is told so only after its topics have been joined.
        """
        scope: Any = self.scope  # with what accounts.websocket_auth puts into it
        user, self.credential, self.subprotocol = scope["user"], scope["credential"], scope["subprotocol"]
        if not isinstance(user, User):
            await self._turn_away(NOT_SIGNED_IN)
            return
        # First of all, so that what is withdrawn while the topics are looked up closes this socket too.
        await self._join_topics_of_access(user)
        self.hearing = await database_sync_to_async(self._looked_up)(user)
        if not self.hearing.topics:
            await self._turn_away(NOT_FOUND)
            return
        for topic in self.hearing.topics:
            await self._join(topic)
        await self.accept(self.subprotocol)
        self._close_in_time()
        for event in await database_sync_to_async(self._just_missed)(user):
            await self.camera_status(event)

    async def disconnect(self, code: int) -> None:
        """Leave the topics."""
        if self.end is not None:
            self.end.cancel()
        for topic in self.joined:
            await self.channel_layer.group_discard(topic, self.channel_name)

    async def _turn_away(self, code: int) -> None:
        """Browsers are told the code of an open socket only."""
        await self.accept(self.subprotocol)
        await self.close(code)

    async def _join(self, topic: str) -> None:
        await self.channel_layer.group_add(topic, self.channel_name)
        self.joined.append(topic)

    async def _join_topics_of_access(self, user: User) -> None:
        await self._join(telling.EVERYBODY)
        await self._join(events.user_topic(user.pk))
        if self.credential is not None:
            await self._join(events.credential_topic(type(self.credential), self.credential.pk))
        if user.through is not None and user.through.restricted:
            await self._join(events.RESTRICTED)

    def _looked_up(self, user: User) -> Hearing:
        person = bearers.person_by(bearers.trace_of(self.credential), user.pk)
        return self.hearing_of(person) if person else Hearing()

    def _just_missed(self, user: User) -> list[events.CameraStatusEvent]:
        since = timezone.now() - _WHILE_THE_PAGE_LOADED
        # By the camera's row first, of which there are few; one that was just enrolled has not changed.
        changed = self.cameras_of(user).filter(status_since__gte=since, status_changes__at__gte=since)
        return events.status_events(list(changed.distinct().order_by("status_since", "pk")))

    def _close_in_time(self) -> None:
        """A socket does not outlive its credential; nobody tells when one expires."""
        until = bearers.end_of(self.credential) if self.credential is not None else None
        if until is not None:
            self.end = asyncio.create_task(self._close_after((until - timezone.now()).total_seconds()))

    async def _close_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.close(NOT_SIGNED_IN)

    def hearing_of(self, person: User) -> Hearing:
        """What this socket stands for, as far as this person may hear it."""
        return hearing_of(person)

    def cameras_of(self, person: User) -> CameraQuerySet[Camera]:
        """The cameras that this socket tells of."""
        return Camera.objects.visible_to(person)

    async def camera_status(self, event: Mapping[str, Any]) -> None:
        """Pass a camera's badge on, if it concerns this socket."""
        if self.concerns(event):
            await self.send_json({name: fact for name, fact in event.items() if name not in _NOT_TOLD})

    async def camera_activity(self, event: dict[str, Any]) -> None:
        """Pass on that the page is out of date."""
        await self.send_json(event)

    async def camera_batch(self, event: dict[str, Any]) -> None:
        """Pass on what of the news of many cameras concerns this socket."""
        for one in event["events"]:
            if one["type"] == "camera.status":
                await self.camera_status(one)
            elif self.concerns(one):
                await self.camera_activity(one)

    def concerns(self, event: Mapping[str, Any]) -> bool:
        """Whether news are for this socket: a topic may stand for more cameras than a restricted token reaches."""
        return self.hearing.concerns(event)

    async def access_changed(self, event: dict[str, Any]) -> None:
        """Close; the page connects again and is checked again."""
        await self.close(NOT_FOUND)

    async def news_missed(self, event: dict[str, Any]) -> None:
        """Close; the page connects again and asks for what it shows."""
        await self.close(COME_BACK)


class CameraSocket(CamerasSocket):
    """Status and activity of one camera, for its page. Unknown and not granted look the same."""

    def hearing_of(self, person: User) -> Hearing:
        """The camera's topic, if this person may see the camera."""
        camera = self.cameras_of(person).first()
        return Hearing((events.camera_topic(camera.pk), events.EVERY_PAGE)) if camera else Hearing()

    def cameras_of(self, person: User) -> CameraQuerySet[Camera]:
        """The page's own, if this person may see it."""
        return super().cameras_of(person).filter(public_id=self.scope["url_route"]["kwargs"]["public_id"])

    def concerns(self, event: Mapping[str, Any]) -> bool:
        """Its own camera's only: the topic of all pages stands for cameras that the person may not see."""
        return bool(event["public_id"] == self.scope["url_route"]["kwargs"]["public_id"])
