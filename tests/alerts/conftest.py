"""A webhook, and who receives it."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from alerts import webhooks
from alerts.webhooks import KeyedWebhook
from tests.alerts.receiver import Receiver, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as told:
        yield told


@pytest.fixture
def here_is_allowed(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def hook(admin: User, receiver: Receiver, here_is_allowed: None) -> KeyedWebhook:
    """A webhook of the administrator for cameras that come and go."""
    events = ["camera.online", "camera.offline", "security.event"]
    return webhooks.add(name="Control room", url=receiver.url, events=events, actor=admin)
