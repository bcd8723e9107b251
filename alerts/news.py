"""What happens becomes deliveries: one for each webhook whose owner may know of it at this moment.

Most news concerns nobody. Each process keeps for a moment which types are asked for at all, so that a thousand cameras
that come back cost no query for webhooks that are not there.
"""

import json
import logging
import threading
import time
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import DatabaseError
from django.utils import timezone

from accounts.models import User
from accounts.scopes import Scope
from alerts.choices import SCOPE_OF, EventType
from alerts.models import Webhook, WebhookDelivery
from cameras.models import Camera

logger = logging.getLogger(__name__)
_KEPT_SECONDS: Final = 2.0


class _Wanted:
    """The types of news that some webhook asks for, as of a moment ago."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._types: frozenset[str] = frozenset()
        self._until = 0.0

    def types(self) -> frozenset[str]:
        with self._guard:
            if time.monotonic() >= self._until:
                lists = Webhook.objects.filter(active=True).values_list("events", flat=True)
                self._types = frozenset(one for events in lists for one in events)
                self._until = time.monotonic() + _KEPT_SECONDS
            return self._types

    def remember(self, types: frozenset[str]) -> None:
        with self._guard:
            self._types, self._until = types, time.monotonic() + _KEPT_SECONDS

    def forget(self) -> None:
        with self._guard:
            self._until = 0.0


_wanted = _Wanted()
forget = _wanted.forget
"""Ask the database anew: webhooks have changed."""


def tell(type_: EventType, data: dict[str, Any], *, camera: Camera | None = None, at: datetime | None = None) -> int:
    """Make a delivery for each webhook that asks for it; how many. `data` must be JSON; `camera` is whom it is about.

    Nothing that happens waits for news, or fails by it: trouble with the database is logged.
    """
    try:
        if type_ not in _wanted.types():
            return 0
        moment, event_id = at or timezone.now(), uuid4()
        listening = [one for one in _asking_for(type_) if is_for(one, camera)]
        rows = [delivery_of(one, type_, data, at=moment, event_id=event_id) for one in listening]
        return len(WebhookDelivery.objects.bulk_create(rows))
    except DatabaseError as error:
        logger.warning("%s is not told to webhooks: %s", type_, error)
        return 0


def delivery_of(
    webhook: Webhook, type_: EventType, data: dict[str, Any], *, at: datetime, event_id: UUID
) -> WebhookDelivery:
    """A delivery that is due at once; not in the database yet."""
    instant = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {"id": str(event_id), "type": type_.value, "at": instant, "data": data}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return WebhookDelivery(
        webhook=webhook, event_id=event_id, type=type_, body=body, at=at, next_attempt_at=timezone.now()
    )


def is_for(webhook: Webhook, camera: Camera | None) -> bool:
    """Whether the owner may know of this camera now, and the webhook is about its place."""
    if camera is None:
        return True
    rows = Camera.objects.visible_to(webhook.owner).filter(pk=camera.pk)
    if webhook.site_id is not None:
        rows = rows.filter(site=webhook.site_id)
    if webhook.group_id is not None:
        rows = rows.filter(group__ancestors=webhook.group_id)
    return rows.exists()


def about(camera: Camera) -> dict[str, Any]:
    """How a camera is named in news."""
    return {"public_id": camera.public_id, "name": camera.name, "serial_number": camera.serial_number}


def _asking_for(type_: EventType) -> list[Webhook]:
    """Webhooks whose owners may be told of such things. There are few webhooks, so their lists are read here."""
    rows = Webhook.objects.filter(active=True, owner__is_active=True).select_related("owner__role")
    return [one for one in rows if type_ in one.events and _may_hear(one.owner, type_)]


def _may_hear(owner: User, type_: EventType) -> bool:
    return owner.has_scope(Scope.WEBHOOKS_WRITE) and owner.has_scope(SCOPE_OF[type_])
