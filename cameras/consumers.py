"""Door for browsers' sockets: live camera status."""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.models import User
from cameras import events
from cameras.models import Camera

NOT_SIGNED_IN = 4401
NOT_FOUND = 4404


class CamerasSocket(AsyncJsonWebsocketConsumer):
    """Status of every camera the person may see."""

    vms_lock = "scope:cameras:read"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.joined: list[str] = []

    async def connect(self) -> None:
        """Join the topics that this person may see, or close with 4401 or 4404.

        A browser that is let in hears of everything from then on: it is told so only after its topics have been joined.
        """
        user = self.scope["user"]
        if not isinstance(user, User):
            await self._turn_away(NOT_SIGNED_IN)
            return
        # First of all, so that a grant that is withdrawn while the topics are looked up closes this socket too.
        await self._join(events.user_topic(user.pk))
        topics = await database_sync_to_async(self.allowed_topics)(user)
        if not topics:
            await self._turn_away(NOT_FOUND)
            return
        for topic in topics:
            await self._join(topic)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the topics."""
        for topic in self.joined:
            await self.channel_layer.group_discard(topic, self.channel_name)

    async def _turn_away(self, code: int) -> None:
        """Browsers are told the code of an open socket only."""
        await self.accept()
        await self.close(code)

    async def _join(self, topic: str) -> None:
        await self.channel_layer.group_add(topic, self.channel_name)
        self.joined.append(topic)

    def allowed_topics(self, user: User) -> list[str]:
        """The topics this socket stands for, as far as this person may see them."""
        return events.topics_of_user(User.objects.select_related("role").get(pk=user.pk))

    async def camera_status(self, event: dict[str, Any]) -> None:
        """Pass a camera's badge on."""
        await self.send_json(event)

    async def camera_activity(self, event: dict[str, Any]) -> None:
        """Pass on that the page is out of date."""
        await self.send_json(event)

    async def camera_batch(self, event: dict[str, Any]) -> None:
        """Pass on what of the news of many cameras concerns this socket."""
        for one in event["events"]:
            if self.concerns(one):
                await self.send_json(one)

    def concerns(self, event: dict[str, Any]) -> bool:
        """Whether news of many cameras is for this socket: its topics stand for cameras that the person may see."""
        return True

    async def access_changed(self, event: dict[str, Any]) -> None:
        """Close; the page connects again and is checked again."""
        await self.close(NOT_FOUND)


class CameraSocket(CamerasSocket):
    """Status and activity of one camera, for its page. Unknown and not granted look the same."""

    def allowed_topics(self, user: User) -> list[str]:
        """The camera's topic, if this person may see the camera."""
        person = User.objects.select_related("role").get(pk=user.pk)
        camera = (
            Camera.objects.visible_to(person).filter(public_id=self.scope["url_route"]["kwargs"]["public_id"]).first()
        )
        return [events.camera_topic(camera.pk), events.EVERY_PAGE] if camera else []

    def concerns(self, event: dict[str, Any]) -> bool:
        """Its own camera's only: the topic of all pages stands for cameras that the person may not see."""
        return bool(event["public_id"] == self.scope["url_route"]["kwargs"]["public_id"])
