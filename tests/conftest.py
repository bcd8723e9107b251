"""The cast: people with each role, a place with a camera, and a node it publishes to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import access_decisions, membership
from accounts.audit import SYSTEM
from accounts.models import Role, User
from alerts import news
from cameras import enrolment, places
from cameras.models import Camera, CameraGroup, Site
from streaming import stream_keys
from streaming.choices import NodeState
from streaming.models import MediaNode
from streaming.stream_keys import IssuedKey

PASSWORD = "a long enough password 42"


@pytest.fixture(autouse=True)
def no_access_rules_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes keep access rules for a moment, and tests follow each other within it. A verb that changes them still counts."""
    monkeypatch.setattr(access_decisions, "KEPT_SECONDS", 3600.0)
    access_decisions._kept.remember([])


@pytest.fixture(autouse=True)
def no_webhooks_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes keep for a moment which news is asked for. A verb that changes webhooks still counts."""
    monkeypatch.setattr(news, "_KEPT_SECONDS", 3600.0)
    news._wanted.remember(frozenset())


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """Make somebody with a role: `make_user("viewer")`."""

    def make(role: str, email: str = "") -> User:
        return membership.add_member(
            email=email or f"{role}@vms.example",
            name=role.title(),
            role=Role.objects.get(name=role),
            password=PASSWORD,
            actor=SYSTEM,
        )

    return make


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    """May do everything."""
    return make_user("admin")


@pytest.fixture
def operator(make_user: Callable[..., User]) -> User:
    """Sees every camera, enrols and plays back."""
    return make_user("operator")


@pytest.fixture
def viewer(make_user: Callable[..., User], site: Site) -> User:
    """Has a grant on the site of `camera`."""
    user = make_user("viewer")
    places.grant_view(user=user, site=site, actor=SYSTEM)
    return user


@pytest.fixture
def outsider(make_user: Callable[..., User]) -> User:
    """A viewer without any grant: must not learn that a camera exists."""
    return make_user("viewer", "outsider@vms.example")


@pytest.fixture
def site(db: None) -> Site:
    """A place in Berlin, where days have 23, 24 or 25 hours."""
    return places.add_site(name="North gate", time_zone="Europe/Berlin", region="eu", actor=SYSTEM)


@pytest.fixture
def other_site(db: None) -> Site:
    """A place that nobody of the cast has a grant on."""
    return places.add_site(name="Harbour", time_zone="America/New_York", actor=SYSTEM)


@pytest.fixture
def group(db: None) -> CameraGroup:
    """A group at the root of the tree."""
    return places.add_group(name="Perimeter", actor=SYSTEM)


@pytest.fixture
def make_camera(site: Site) -> Callable[..., Camera]:
    """Enrol a camera: `make_camera("SN-2", name="Door")`."""

    def make(serial_number: str, **facts: Any) -> Camera:
        return enrolment.enrol_camera(
            actor=SYSTEM, **{"serial_number": serial_number, "name": f"Camera {serial_number}", "site": site, **facts}
        )

    return make


@pytest.fixture
def camera(make_camera: Callable[..., Camera]) -> Camera:
    """An active camera on `site`."""
    return make_camera("SN-1", name="Gate", vendor="Acme", model="X1", place="Above the gate")


@pytest.fixture
def other_camera(make_camera: Callable[..., Camera], other_site: Site) -> Camera:
    """An active camera on `other_site`."""
    return make_camera("SN-9", name="Pier", site=other_site)


@pytest.fixture
def stream_key(camera: Camera) -> IssuedKey:
    """A valid key of `camera`, with its secret."""
    return stream_keys.rotate_key(camera, actor=SYSTEM)


@pytest.fixture
def node(db: None) -> MediaNode:
    """A registered media node whose control pages nobody serves."""
    from django.utils import timezone

    return MediaNode.objects.create(
        name="local",
        region="eu",
        host="node.vms.example",
        control_url="http://127.0.0.1:9",
        state=NodeState.ACTIVE,
        registered_at=timezone.now(),
    )


@pytest.fixture
def page_of() -> Callable[[User], Client]:
    """A browser in which somebody is signed in: `page_of(viewer).get("/cameras/")`."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def api_of() -> Callable[[User], APIClient]:
    """The API as somebody sees it who is signed in: `api_of(operator).get("/api/v1/cameras/")`."""

    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def problem_of() -> Callable[..., dict[str, Any]]:
    """What an answer says went wrong: `problem_of(answer, 404, "not-found")["detail"]`."""

    def read(answer: Any, status: int, kind: str) -> dict[str, Any]:
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        told: dict[str, Any] = answer.json()
        assert told["type"] == f"urn:vms:problem:{kind}"
        assert told["status"] == status
        assert told.pop("request_id") == answer["X-Request-ID"]
        return told

    return read
