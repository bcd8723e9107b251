"""What Redis does not take is lost; when it is back, everybody is called back once."""

import threading
from typing import Any

import pytest
import redis

from accounts.redis_breaker import Breaker
from cameras import telling

NEWS = {"cameras.all": {"type": "camera.activity", "public_id": "aaaaaaaaaaaa"}}


class Layer:
    """Takes messages, but for those while it is away."""

    def __init__(self, error: Exception, *, away_for: int) -> None:
        self.error, self.left = error, away_for
        self.taken: list[tuple[str, str]] = []
        self.everybody_is_called = threading.Event()

    async def group_send(self, topic: str, message: dict[str, Any]) -> None:
        if self.left > 0:
            self.left -= 1
            raise self.error
        self.taken.append((topic, message["type"]))
        if topic == telling.EVERYBODY:
            self.everybody_is_called.set()


@pytest.fixture(params=[redis.ConnectionError("refused"), redis.TimeoutError("hangs")], ids=["refuses", "hangs"])
def layer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Layer:
    """A layer whose Redis is away for three attempts."""
    made = Layer(request.param, away_for=3)
    monkeypatch.setattr(telling, "get_channel_layer", lambda: made)
    monkeypatch.setattr(telling, "in_passing", Breaker(rest_seconds=0))
    monkeypatch.setattr(telling, "_call_back", telling._CallBack(rest_seconds=0.01))
    monkeypatch.setattr(telling, "_UNTIL_ALL_HEAR_SECONDS", 0)
    return made


def test_when_redis_is_back_all_sockets_are_called_back(layer: Layer) -> None:
    telling.tell(NEWS)
    telling.tell(NEWS)

    assert layer.everybody_is_called.wait(10)
    assert [topic for topic, _ in layer.taken].count(telling.EVERYBODY) == 1
    assert layer.taken[-1] == (telling.EVERYBODY, "news.missed")


def test_while_redis_takes_what_it_is_told_nobody_is_called_back(layer: Layer) -> None:
    layer.left = 0

    telling.tell(NEWS)

    assert not layer.everybody_is_called.wait(0.1)
    assert layer.taken == [("cameras.all", "camera.activity")]
