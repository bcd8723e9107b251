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

    async def connect(self) -> None:
        """Join the topics that this person may see, or close with 4401 or 4404."""
        await self.accept()
        user = self.scope["user"]
        if not isinstance(user, User):
            await self.close(NOT_SIGNED_IN)
            return
        self.topics = await database_sync_to_async(self.allowed_topics)(user)
        if not self.topics:
            await self.close(NOT_FOUND)
            return
        for topic in [*self.topics, events.user_topic(user.pk)]:
            await self.channel_layer.group_add(topic, self.channel_name)
        self.topics.append(events.user_topic(user.pk))

    async def disconnect(self, code: int) -> None:
        """Leave the topics."""
        for topic in getattr(self, "topics", []):
            await self.channel_layer.group_discard(topic, self.channel_name)

    def allowed_topics(self, user: User) -> list[str]:
        """The topics this socket stands for, as far as this person may see them."""
        return events.topics_of_user(User.objects.select_related("role").get(pk=user.pk))

    async def camera_status(self, event: dict[str, Any]) -> None:
        """Pass a camera's badge on."""
        await self.send_json(event)

    async def camera_activity(self, event: dict[str, Any]) -> None:
        """Pass on that the page is out of date."""
        await self.send_json(event)

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
        return [events.camera_topic(camera.pk)] if camera else []
