"""Every URL, every WebSocket and every ASGI application beside Django names its lock, and the lock holds."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path
from rest_framework.views import APIView

from accounts.access import lock_of, open_door
from accounts.api.permissions import HasScope, IsSignedIn
from tests.streaming.conftest import ask_application
from vms.routing import http_urlpatterns, websocket_urlpatterns

Door = tuple[str, Any, str | None]
SENT_AWAY = re.compile(r"/sign-in/\?next=.*|/admin/login/\?next=.*|/admin/")
SAMPLES = {"path": "1", "slug": "aaaaaaaaaaaa", "int": "1", "str": "x", "uuid": "00000000-0000-0000-0000-000000000001"}


def doors(patterns: list[Any], prefix: str = "") -> Iterator[Door]:
    """Route, view and lock of everything that answers."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from doors(pattern.url_patterns, route)
        else:
            yield route, pattern.callback, lock_of(pattern.callback) or admin_lock_of(pattern.callback)


def admin_lock_of(view: Any) -> str | None:
    """Django's admin leaves the site, or one of its pages, on its views; all of it asks for the site's own scope."""
    method = inspect.unwrap(view, stop=lambda inner: hasattr(inner, "__self__"))
    owner = getattr(view, "model_admin", None) or getattr(method, "__self__", None)
    site = getattr(view, "admin_site", getattr(owner, "admin_site", owner))
    return "site:admin" if admin.site == site else None  # not `is`: the site is a lazy object


def unlocked(patterns: list[Any]) -> list[str]:
    """The routes that somebody forgot to lock."""
    return [route for route, _, lock in doors(patterns) if not lock]


def sockets(patterns: list[URLPattern]) -> Iterator[tuple[str, str | None]]:
    """Path and lock of every WebSocket."""
    for pattern in patterns:
        yield str(pattern.pattern), getattr(pattern.callback.consumer_class, "vms_lock", None)


def every_door() -> list[Door]:
    return list(doors(get_resolver().url_patterns))


def test_every_url_names_its_lock() -> None:
    assert unlocked(get_resolver().url_patterns) == []


def test_every_websocket_names_its_lock() -> None:
    found = list(sockets(websocket_urlpatterns))

    assert [path for path, lock in found if not lock] == []
    assert len(found) >= 2


def test_every_application_beside_django_names_its_lock() -> None:
    found = list(doors(http_urlpatterns))

    assert [route for route, _, lock in found if not lock] == []
    assert "internal/rtmp/publish" in {route for route, _, _ in found}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("secret", [None, "", "guess"])
def test_a_stranger_gets_past_no_lock_beside_django(method: str, secret: str | None) -> None:
    headers = {} if secret is None else {"X-VMS-Node-Secret": secret}
    answers = [
        ask_application(address_of(route), b"clientid=7&name=x", method=method, headers=headers)
        for route, _, _ in doors(http_urlpatterns)
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_the_walk_reaches_every_kind_of_door() -> None:
    """A walk that stops early would find nothing wrong."""
    routes = {route for route, _, _ in every_door()}

    assert {"sign-in/", "internal/playback-authorization", "admin/accounts/user/", "healthz", ""} <= routes
    assert any(route.startswith("api/v1/") for route in routes)
    assert any(route.startswith("media/<str:token>/rec/") for route in routes)


def test_the_walk_finds_a_door_without_a_lock() -> None:
    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    class BareApi(APIView):
        pass

    locked = open_door("anybody may look")(lambda request: HttpResponse())
    inner = [path("bare/", bare), path("locked/", locked), path("api/", BareApi.as_view())]
    patterns = [path("outer/", include(inner)), path("admin/", admin.site.urls)]

    assert unlocked(patterns) == ["outer/bare/", "outer/api/"]


def test_the_walk_finds_a_websocket_without_a_lock() -> None:
    application: Any = AsyncJsonWebsocketConsumer.as_asgi()

    assert list(sockets([path("ws/bare/", application)])) == [("ws/bare/", None)]


def test_an_api_view_that_names_a_scope_really_asks_for_one() -> None:
    asking = (HasScope, IsSignedIn)
    loose = [
        route
        for route, view, lock in every_door()
        if lock and lock.startswith("scope:") and hasattr(view, "cls")
        if not any(issubclass(permission, asking) for permission in view.cls.permission_classes)
    ]

    assert loose == []


def test_every_open_door_says_why() -> None:
    reasons = [lock.partition(":")[2] for _, _, lock in every_door() if lock and lock.startswith("open:")]

    assert reasons
    assert all(len(reason) > 10 for reason in reasons)


def address_of(route: str) -> str:
    """A path that the route answers."""
    route = re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], route)
    return "/" + re.sub(r"\(\?P<\w+>[^)]*\)", "1", route).replace("^", "").replace("$", "").replace("\\Z", "")


@pytest.mark.django_db
def test_a_stranger_gets_through_no_lock() -> None:
    """The name on a door is a promise; this knocks on all of them."""
    stranger = Client()
    shut = [(route, lock) for route, _, lock in every_door() if lock and not lock.startswith("open:")]

    through = [
        (route, lock, answer.status_code)
        for route, lock in shut
        for answer in (stranger.get(address_of(route)), stranger.post(address_of(route)))
        if not (answer.status_code in (401, 403, 405) or SENT_AWAY.fullmatch(answer.headers.get("Location", "")))
    ]

    assert len(shut) > 40
    assert through == []
