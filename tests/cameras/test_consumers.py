"""What browsers' sockets tell whom, and that they close when access does."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts import membership
from accounts.audit import SYSTEM
from accounts.models import Role, User
from cameras import enrolment, events, health, places
from cameras.models import Camera, CameraGroup, Grant, Site
from vms.asgi import application

NOT_SIGNED_IN, NOT_FOUND = 4401, 4404
ALL = "/ws/cameras/"

pytestmark = pytest.mark.django_db(transaction=True)


class Socket(ApplicationCommunicator):
    """A browser's end of a socket."""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        super().__init__(application, {"type": "websocket", "path": path, "query_string": b"", "headers": headers})

    async def connect(self) -> bool:
        """Whether the handshake was accepted."""
        await self.send_input({"type": "websocket.connect"})
        return bool((await self.receive_output())["type"] == "websocket.accept")

    async def news(self) -> dict[str, Any]:
        """The next message."""
        answer = await self.receive_output()
        assert answer["type"] == "websocket.send", answer
        return dict(json.loads(answer["text"]))

    async def close_code(self) -> int:
        """The code with which it is closed now."""
        answer = await self.receive_output()
        assert answer["type"] == "websocket.close", answer
        return int(answer["code"])

    async def is_silent(self) -> bool:
        """Whether nothing more has been sent."""
        return await self.receive_nothing(timeout=0.2)

    async def leave(self) -> None:
        """Close the page."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait()


Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open a socket as the browser of somebody does: `await connect(viewer, "/ws/cameras/")`."""
    opened: list[Socket] = []

    async def open_socket(user: User | None, path: str = ALL) -> Socket:
        socket = Socket(path, await headers_of(user, "http://testserver"))
        assert await socket.connect()
        opened.append(socket)
        return socket

    yield open_socket
    for socket in opened:
        await socket.leave()


async def headers_of(user: User | None, origin: str) -> list[tuple[bytes, bytes]]:
    cookie = await do(_cookie_of, user) if user else b""
    return [(b"origin", origin.encode()), (b"host", b"testserver"), (b"cookie", cookie)]


def _cookie_of(user: User) -> bytes:
    return cookie_in(signed_in(user))


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def cookie_in(browser: Client) -> bytes:
    return f"{settings.SESSION_COOKIE_NAME}={browser.session.session_key}".encode()


async def do(verb: Callable[..., Any], *args: Any, **facts: Any) -> Any:
    """Carry out a verb as a page in another thread would."""
    return await database_sync_to_async(verb)(*args, **facts)


async def test_a_stranger_is_told_to_sign_in(connect: Connect, camera: Camera) -> None:
    assert await (await connect(None)).close_code() == NOT_SIGNED_IN
    assert await (await connect(None, f"/ws/cameras/{camera.public_id}/")).close_code() == NOT_SIGNED_IN


async def test_another_site_cannot_open_a_socket_with_somebodys_cookie(connect: Connect, operator: User) -> None:
    socket = Socket(ALL, await headers_of(operator, "https://evil.example"))

    assert not await socket.connect()


async def test_signing_out_closes_the_socket_and_its_cookie_opens_none(connect: Connect, viewer: User) -> None:
    browser = await do(signed_in, viewer)
    cookie = (b"cookie", await do(cookie_in, browser))
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver"), cookie]
    socket = Socket(ALL, headers)
    assert await socket.connect()

    await do(browser.post, "/sign-out/")

    assert await socket.close_code() == NOT_FOUND
    again = Socket(ALL, headers)
    assert await again.connect()
    assert await again.close_code() == NOT_SIGNED_IN


async def test_unknown_and_not_granted_look_the_same(connect: Connect, outsider: User, camera: Camera) -> None:
    granted_to_others = await (await connect(outsider, f"/ws/cameras/{camera.public_id}/")).close_code()
    unknown = await (await connect(outsider, "/ws/cameras/aaaaaaaaaaaa/")).close_code()

    assert granted_to_others == unknown == NOT_FOUND


async def test_an_outsider_joins_no_topic(connect: Connect, outsider: User, camera: Camera) -> None:
    socket = await connect(outsider)
    assert await socket.close_code() == NOT_FOUND

    await do(health.observe, camera, online=True)
    assert await socket.is_silent()


async def test_a_viewer_hears_of_granted_cameras_only(
    connect: Connect, viewer: User, camera: Camera, other_camera: Camera
) -> None:
    socket = await connect(viewer)

    await do(health.observe, other_camera, online=True)
    await do(health.observe, camera, online=True)

    news = await socket.news()
    assert news == {
        "type": "camera.status",
        "public_id": camera.public_id,
        "badge": "online",
        "label": "Online",
        "since": camera.status_since.isoformat(),
    }
    assert await socket.is_silent()


@pytest.mark.parametrize("page", ["list", "camera"])
async def test_what_changed_while_the_page_loaded_is_told_when_its_socket_opens(
    connect: Connect, viewer: User, camera: Camera, other_camera: Camera, page: str
) -> None:
    await do(health.observe, other_camera, online=True)
    await do(health.observe, camera, online=True)
    await do(health.observe, camera, online=False)

    socket = await connect(viewer, ALL if page == "list" else f"/ws/cameras/{camera.public_id}/")

    news = await socket.news()
    assert (news["public_id"], news["badge"]) == (camera.public_id, "offline")
    assert "site_id" not in news
    assert await socket.is_silent()


async def test_what_a_page_shows_for_long_is_not_told_again(connect: Connect, viewer: User, camera: Camera) -> None:
    await do(health.observe, camera, online=True, at=timezone.now() - timedelta(minutes=2))

    assert await (await connect(viewer)).is_silent()


async def test_an_operator_hears_of_every_camera_once(
    connect: Connect, operator: User, camera: Camera, other_camera: Camera
) -> None:
    socket = await connect(operator)

    await do(health.observe, camera, online=True)
    await do(health.observe, other_camera, online=True)

    heard = [(await socket.news())["public_id"] for _ in range(2)]
    assert heard == [camera.public_id, other_camera.public_id]
    assert await socket.is_silent()


async def test_a_grant_on_a_group_covers_cameras_in_groups_inside(
    connect: Connect, outsider: User, other_camera: Camera, group: CameraGroup
) -> None:
    inside = await do(places.add_group, name="Fence", parent=group, actor=SYSTEM)
    await do(enrolment.edit_camera, other_camera, group=inside, actor=SYSTEM)
    await do(places.grant_view, user=outsider, group=group, actor=SYSTEM)
    socket = await connect(outsider)

    await do(enrolment.deactivate_camera, other_camera, actor=SYSTEM)

    assert (await socket.news())["badge"] == "inactive"


async def test_a_cameras_page_hears_of_its_status_and_activity(
    connect: Connect, viewer: User, camera: Camera, make_camera: Callable[..., Camera]
) -> None:
    neighbour = await do(make_camera, "SN-2")
    socket = await connect(viewer, f"/ws/cameras/{camera.public_id}/")

    await do(events.announce_activity, neighbour)
    await do(health.observe, neighbour, online=True)
    await do(events.announce_activity, camera)
    await do(health.observe, camera, online=True)

    assert (await socket.news()) == {"type": "camera.activity", "public_id": camera.public_id}
    assert (await socket.news())["type"] == "camera.status"
    assert await socket.is_silent()


async def test_when_many_cameras_come_online_at_once_each_socket_hears_of_its_own(
    connect: Connect, viewer: User, operator: User, make_camera: Callable[..., Camera], other_camera: Camera
) -> None:
    granted = [await do(make_camera, f"MANY-{number}") for number in range(20)]
    everything, of_a_site = await connect(operator), await connect(viewer)
    page = await connect(viewer, f"/ws/cameras/{granted[3].public_id}/")

    await do(health.observe_many, [*granted, other_camera], online=True, cause="video flows")

    heard = [await everything.news() for _ in range(21)]
    assert {news["public_id"] for news in heard} == {camera.public_id for camera in (*granted, other_camera)}
    assert {news["badge"] for news in heard} == {"online"}
    assert [(await of_a_site.news())["public_id"] for _ in range(20)] == [camera.public_id for camera in granted]
    assert (await page.news())["public_id"] == granted[3].public_id
    for socket in (everything, of_a_site, page):
        assert await socket.is_silent()


async def test_when_many_pages_are_out_of_date_each_hears_of_its_own_camera(
    connect: Connect, viewer: User, make_camera: Callable[..., Camera]
) -> None:
    cameras = [await do(make_camera, f"MANY-{number}") for number in range(20)]
    pages = [await connect(viewer, f"/ws/cameras/{camera.public_id}/") for camera in cameras[:2]]

    await do(events.announce_activities, cameras[1:])

    assert await pages[0].is_silent()
    assert await pages[1].news() == {"type": "camera.activity", "public_id": cameras[1].public_id}
    assert await pages[1].is_silent()


@pytest.mark.parametrize("page", ["list", "camera"])
async def test_a_withdrawn_grant_closes_the_socket_and_it_does_not_open_again(
    connect: Connect, viewer: User, camera: Camera, page: str
) -> None:
    path = ALL if page == "list" else f"/ws/cameras/{camera.public_id}/"
    socket = await connect(viewer, path)
    grant = await Grant.objects.aget(user=viewer)

    await do(places.withdraw_view, grant, actor=SYSTEM)
    assert await socket.close_code() == NOT_FOUND

    assert await (await connect(viewer, path)).close_code() == NOT_FOUND


async def test_a_grant_to_a_role_that_is_withdrawn_closes_everybodys_sockets(
    connect: Connect, outsider: User, site: Site, camera: Camera
) -> None:
    grant = await do(places.grant_view, role=outsider.role, site=site, actor=SYSTEM)
    socket = await connect(outsider)

    await do(places.withdraw_view, grant, actor=SYSTEM)

    assert await socket.close_code() == NOT_FOUND


async def test_a_disabled_member_hears_no_more(connect: Connect, operator: User, admin: User, camera: Camera) -> None:
    socket = await connect(operator)

    await do(membership.disable_member, operator, actor=admin)

    assert await socket.close_code() == NOT_FOUND


async def test_somebody_with_a_lesser_role_is_checked_again(
    connect: Connect, operator: User, admin: User, camera: Camera
) -> None:
    socket = await connect(operator)
    viewer_role = await Role.objects.aget(name="viewer")

    await do(membership.give_role, operator, viewer_role, actor=admin)
    assert await socket.close_code() == NOT_FOUND

    assert await (await connect(operator)).close_code() == NOT_FOUND


async def test_the_page_of_a_camera_that_moved_out_of_sight_is_closed(
    connect: Connect, viewer: User, camera: Camera, other_site: Site
) -> None:
    path = f"/ws/cameras/{camera.public_id}/"
    socket = await connect(viewer, path)

    await do(enrolment.edit_camera, camera, site=other_site, actor=SYSTEM)

    closed = await socket.receive_output()
    while closed["type"] != "websocket.close":  # its new badge may still come first
        closed = await socket.receive_output()
    assert await (await connect(viewer, path)).close_code() == NOT_FOUND


async def test_a_grant_edited_in_the_admin_site_closes_the_sockets_of_whom_it_is_about(
    connect: Connect, viewer: User, admin: User, page_of: Callable[[User], Client]
) -> None:
    socket = await connect(viewer)
    grant = await Grant.objects.aget(user=viewer)

    def narrow() -> None:
        page_of(admin).post(f"/admin/cameras/grant/{grant.pk}/change/", {"sight": "live"})

    await do(narrow)

    assert await socket.close_code() == NOT_FOUND


async def test_other_peoples_sockets_stay_open(connect: Connect, viewer: User, operator: User, camera: Camera) -> None:
    socket = await connect(operator)
    grant = await Grant.objects.aget(user=viewer)

    await do(places.withdraw_view, grant, actor=SYSTEM)
    await do(health.observe, camera, online=True)

    assert (await socket.news())["public_id"] == camera.public_id


async def test_what_a_browser_sends_is_ignored(connect: Connect, viewer: User, camera: Camera) -> None:
    socket = await connect(viewer)

    await socket.send_input({"type": "websocket.receive", "text": '{"type": "camera.status", "topic": "cameras.all"}'})
    await do(health.observe, camera, online=True)

    assert (await socket.news())["public_id"] == camera.public_id
