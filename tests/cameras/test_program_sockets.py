"""Sockets of programs: by a header or a subprotocol, within the reach of their token, and closed with it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import api_tokens, membership, refresh_families
from accounts.api_tokens import IssuedToken
from accounts.audit import SYSTEM
from accounts.models import ApiToken, RefreshFamily, User
from accounts.scopes import Scope
from cameras import enrolment, health, places
from cameras.models import Camera, CameraGroup, Site, TokenReach
from tests.cameras.test_consumers import ALL, NOT_FOUND, NOT_SIGNED_IN, Socket, do, headers_of

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Awaitable[Socket]]


class ProgramSocket(Socket):
    """A program's end of a socket."""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]], subprotocols: list[str]) -> None:
        super().__init__(path, headers)
        self.scope["subprotocols"] = subprotocols
        self.chosen: str | None = None

    async def connect(self) -> bool:
        """Whether the handshake was accepted, and with which subprotocol."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output()
        self.chosen = answer.get("subprotocol")
        return bool(answer["type"] == "websocket.accept")


@pytest.fixture
async def open_socket() -> AsyncIterator[Open]:
    """Open a socket with a credential: `await open_socket(text)`, from anywhere, with whatever else is sent."""
    opened: list[Socket] = []

    async def open_it(
        credential: str | None, path: str = ALL, *, subprotocols: list[str] | None = None, headers: Any = ()
    ) -> ProgramSocket:
        shown = [(b"authorization", f"Bearer {credential}".encode())] if credential is not None else []
        where = [(b"host", b"testserver"), (b"origin", b"https://elsewhere.example")]
        socket = ProgramSocket(path, [*where, *shown, *headers], subprotocols or [])
        assert await socket.connect()
        opened.append(socket)
        return socket

    yield open_it
    for socket in opened:
        await socket.leave()


def token_of(owner: User, **facts: Any) -> IssuedToken:
    return api_tokens.issue(**{"owner": owner, "actor": owner, "name": "Wall", "scopes": [Scope.CAMERAS_READ], **facts})


def restricted_token_of(owner: User, *reaches: dict[str, Any]) -> IssuedToken:
    issued = token_of(owner, reach=["some places"])
    for reach in reaches:
        TokenReach.objects.create(token=issued.token, **reach)
    return issued


def access_of(user: User) -> str:
    return refresh_families.begin(actor=user, address=None, user_agent="").access


async def heard_by(socket: Socket, *cameras: Camera) -> list[str]:
    """Serial numbers of the cameras of whose change the socket hears."""
    for camera in cameras:
        await do(health.observe, camera, online=True)
    names = {camera.public_id: camera.serial_number for camera in cameras}
    heard = []
    while not await socket.receive_nothing(timeout=0.1):
        news = await socket.news()
        assert set(news) == {"type", "public_id", "badge", "label", "since"}
        heard.append(names[news["public_id"]])
    return heard


async def test_a_token_in_the_header_opens_a_socket(
    open_socket: Open, viewer: User, camera: Camera, other_camera: Camera
) -> None:
    socket = await open_socket((await do(token_of, viewer)).text)

    assert await heard_by(socket, camera, other_camera) == ["SN-1"]


async def test_an_access_token_in_the_header_opens_a_socket(
    open_socket: Open, viewer: User, camera: Camera, other_camera: Camera
) -> None:
    socket = await open_socket(await do(access_of, viewer))

    assert await heard_by(socket, camera, other_camera) == ["SN-1"]


async def test_a_browser_offers_the_credential_as_a_subprotocol(
    open_socket: Open, viewer: User, camera: Camera
) -> None:
    text = (await do(token_of, viewer)).text
    socket = await open_socket(None, subprotocols=["vms", f"vms.bearer.{text}"])

    assert socket.chosen == "vms"
    assert await heard_by(socket, camera) == ["SN-1"]


async def test_a_wrong_credential_is_not_helped_by_a_cookie(open_socket: Open, operator: User) -> None:
    cookie = await headers_of(operator, "http://testserver")

    socket = await open_socket("vms_nobody.nothing", headers=[cookie[2]])
    assert await socket.close_code() == NOT_SIGNED_IN


async def test_a_token_without_the_scope_hears_nothing(open_socket: Open, operator: User, camera: Camera) -> None:
    text = (await do(token_of, operator, scopes=[Scope.LIVE_WATCH])).text

    assert await (await open_socket(text)).close_code() == NOT_FOUND
    assert await (await open_socket(text, f"/ws/cameras/{camera.public_id}/")).close_code() == NOT_FOUND


async def test_a_restricted_token_hears_of_its_cameras_only(
    open_socket: Open,
    operator: User,
    camera: Camera,
    other_camera: Camera,
    site: Site,
    group: CameraGroup,
    make_camera: Callable[..., Camera],
) -> None:
    inner = await do(places.add_group, name="Inner", parent=group, actor=SYSTEM)
    grouped = await do(make_camera, "SN-5", site=other_camera.site, group=inner)
    everything = (camera, other_camera, grouped)

    async def heard_with(*reaches: dict[str, Any]) -> list[str]:
        socket = await open_socket((await do(restricted_token_of, operator, *reaches)).text)
        heard = await heard_by(socket, *everything)
        long_ago = timezone.now() - timedelta(minutes=2)
        await do(health.observe_many, everything, online=False, cause="quiet", at=long_ago)
        while not await socket.receive_nothing(timeout=0.1):
            await socket.receive_output()
        return heard

    assert await heard_with({"site": site}) == ["SN-1"]
    assert await heard_with({"group": group}) == ["SN-5"]
    assert await heard_with({"camera": other_camera}) == ["SN-9"]
    assert await heard_with({"camera": other_camera}, {"group": group}) == ["SN-9", "SN-5"]


async def test_a_restricted_token_hears_of_nothing_that_its_owner_does_not_see(
    open_socket: Open, viewer: User, camera: Camera, other_camera: Camera, other_site: Site
) -> None:
    text = (await do(restricted_token_of, viewer, {"site": other_site}, {"camera": camera})).text

    assert await heard_by(await open_socket(text), camera, other_camera) == ["SN-1"]


async def test_of_many_cameras_at_once_a_restricted_token_hears_of_its_own(
    open_socket: Open, operator: User, make_camera: Callable[..., Camera]
) -> None:
    many = [await do(make_camera, f"MANY-{number}") for number in range(20)]
    socket = await open_socket((await do(restricted_token_of, operator, {"camera": many[3]})).text)

    await do(health.observe_many, many, online=True, cause="video flows")

    assert (await socket.news())["public_id"] == many[3].public_id
    assert await socket.is_silent()


async def test_a_camera_that_moves_out_of_reach_is_heard_no_more(
    open_socket: Open, operator: User, camera: Camera, site: Site, other_site: Site
) -> None:
    socket = await open_socket((await do(restricted_token_of, operator, {"site": site})).text)
    moved = await do(enrolment.edit_camera, camera, site=other_site, actor=SYSTEM)

    assert await heard_by(socket, moved) == []


async def test_the_page_of_a_camera_whose_group_left_the_reach_is_closed(
    open_socket: Open, operator: User, camera: Camera, group: CameraGroup
) -> None:
    inner = await do(places.add_group, name="Inner", parent=group, actor=SYSTEM)
    await do(enrolment.edit_camera, camera, group=inner, actor=SYSTEM)
    text = (await do(restricted_token_of, operator, {"group": group})).text
    path = f"/ws/cameras/{camera.public_id}/"
    socket = await open_socket(text, path)

    await do(places.edit_group, inner, name="Inner", parent=None, actor=SYSTEM)

    assert await socket.close_code() == NOT_FOUND
    assert await (await open_socket(text, path)).close_code() == NOT_FOUND


async def test_the_page_of_a_camera_out_of_reach_does_not_exist(
    open_socket: Open, operator: User, camera: Camera, other_camera: Camera
) -> None:
    text = (await do(restricted_token_of, operator, {"camera": camera})).text

    assert await (await open_socket(text, f"/ws/cameras/{other_camera.public_id}/")).close_code() == NOT_FOUND
    page = await open_socket(text, f"/ws/cameras/{camera.public_id}/")
    assert await heard_by(page, camera) == ["SN-1"]


async def test_a_revoked_token_closes_its_sockets_and_no_others(
    open_socket: Open, viewer: User, camera: Camera
) -> None:
    issued, other = await do(token_of, viewer), await do(token_of, viewer)
    socket, others = await open_socket(issued.text), await open_socket(other.text)

    await do(api_tokens.revoke, issued.token, actor=viewer)

    assert await socket.close_code() == NOT_FOUND
    assert await (await open_socket(issued.text)).close_code() == NOT_SIGNED_IN
    assert await heard_by(others, camera) == ["SN-1"]


async def test_a_rotated_secret_has_its_sockets_come_back(open_socket: Open, viewer: User, camera: Camera) -> None:
    issued = await do(token_of, viewer)
    socket = await open_socket(issued.text)

    await do(api_tokens.rotate, issued.token, actor=viewer)

    assert await socket.close_code() == NOT_FOUND
    assert await (await open_socket(issued.text)).close_code() == NOT_SIGNED_IN


async def test_a_program_that_is_signed_out_hears_no_more(open_socket: Open, viewer: User, camera: Camera) -> None:
    access = await do(access_of, viewer)
    socket = await open_socket(access)

    await do(refresh_families.end, await RefreshFamily.objects.aget(), actor=viewer)

    assert await socket.close_code() == NOT_FOUND
    assert await (await open_socket(access)).close_code() == NOT_SIGNED_IN


async def test_a_disabled_owner_closes_the_sockets_of_programs(open_socket: Open, viewer: User, camera: Camera) -> None:
    sockets = [await open_socket((await do(token_of, viewer)).text), await open_socket(await do(access_of, viewer))]

    await do(membership.disable_member, viewer, actor=SYSTEM)

    assert [await socket.close_code() for socket in sockets] == [NOT_FOUND, NOT_FOUND]


async def test_a_socket_does_not_outlive_its_token(open_socket: Open, viewer: User, camera: Camera) -> None:
    soon = timezone.now() + timedelta(seconds=2)
    socket = await open_socket((await do(token_of, viewer, expires_at=soon)).text)

    closed = await socket.receive_output(timeout=10)
    assert closed == {"type": "websocket.close", "code": NOT_SIGNED_IN}
    assert timezone.now() >= soon


async def test_a_token_that_ends_while_topics_are_looked_up_does_not_open(
    viewer: User, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = await do(token_of, viewer)
    from accounts import bearers

    real = bearers.person_by

    def revoked_meanwhile(*args: Any) -> Any:
        ApiToken.objects.update(revoked_at=timezone.now())
        return real(*args)

    monkeypatch.setattr(bearers, "person_by", revoked_meanwhile)
    socket = ProgramSocket(ALL, [(b"host", b"testserver"), (b"authorization", f"Bearer {issued.text}".encode())], [])
    assert await socket.connect()
    assert await socket.close_code() == NOT_FOUND
    await socket.leave()
