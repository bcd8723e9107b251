"""Whom the access rules turn away comes to no door, and reads what to do."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.test import Client
from rest_framework.test import APIClient

from accounts import access_rules
from accounts.audit import SYSTEM
from accounts.gate import let_in
from accounts.models import RefreshFamily, User

pytestmark = pytest.mark.django_db
OFFICE = "203.0.113.7"


def deny(**facts: Any) -> None:
    access_rules.add_rule(actor=SYSTEM, action="deny", **{"network": "203.0.113.0/24", **facts})


@pytest.mark.parametrize("path", ["/sign-in/", "/cameras/", "/admin/", "/nothing/"])
def test_no_page_opens_from_a_denied_address(path: str) -> None:
    deny(surface="portal")

    answer = Client(REMOTE_ADDR=OFFICE).get(path)

    assert answer.status_code == 403
    assert OFFICE in answer.content.decode()
    assert "Ask its administrator" in answer.content.decode()


def test_the_api_says_it_as_a_problem(problem_of: Callable[..., dict[str, Any]]) -> None:
    deny(surface="api")

    answer = APIClient(REMOTE_ADDR=OFFICE).get("/api/v1/cameras/")

    assert OFFICE in problem_of(answer, 403, "address-refused")["detail"]
    assert Client(REMOTE_ADDR=OFFICE).get("/sign-in/").status_code == 200


def test_others_are_let_in() -> None:
    deny()

    assert Client(REMOTE_ADDR="198.51.100.9").get("/sign-in/").status_code == 200
    assert Client(REMOTE_ADDR="127.0.0.1").get("/sign-in/").status_code == 200


def test_a_page_works_where_the_portal_may_be_used_though_the_api_may_not(viewer: User) -> None:
    """Pages fetch from the API with their session."""
    deny(surface="api")
    browser = Client(REMOTE_ADDR=OFFICE)
    browser.force_login(viewer)

    assert browser.get("/api/v1/sites/").status_code == 200
    assert browser.get("/api/v1/sites/", headers={"Authorization": "Bearer vms_x.y"}).status_code == 403


def test_a_session_opens_the_api_nowhere_else_than_the_portal(viewer: User) -> None:
    deny(surface="portal")
    browser = Client(REMOTE_ADDR=OFFICE)
    browser.force_login(viewer)

    for headers in ({}, {"Authorization": "Basic dTpw"}, {"Authorization": "Bearer"}, {"Authorization": ""}):
        answer = browser.get("/api/v1/sites/", headers=headers)
        assert answer.status_code in (401, 403), "a header that is no credential makes nobody a program"


def test_a_probe_and_the_media_node_are_let_in(settings: Any) -> None:
    settings.ACCESS_DEFAULT = "deny"
    node = Client(REMOTE_ADDR=OFFICE)
    headers = {"X-VMS-Node-Secret": settings.NODE_SECRET, "X-Playback-Scope": "live/aaaaaaaaaaaa"}

    assert node.get("/healthz").status_code == 200
    refused = node.get("/internal/playback-authorization", headers={**headers, "X-Playback-Token": uuid4().hex})
    assert refused.content == b""  # by the door itself, because there is no such token


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("surface", "authorization", "opens"),
    [
        *(("portal", b"", False), ("api", b"", True)),
        *(("api", b"Bearer vms_x.y", False), ("portal", b"Bearer vms_x.y", True), ("", b"Bearer vms_x.y", False)),
        *(("portal", b"Basic dTpw", False), ("api", b"Basic dTpw", True)),
    ],
)
async def test_a_socket_asks_as_well(surface: str, authorization: bytes, opens: bool) -> None:
    await database_sync_to_async(deny)(surface=surface)

    assert await is_let_in(headers=[(b"authorization", authorization)] if authorization else []) == opens


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("surface", "opens"), [("portal", True), ("api", False)])
async def test_a_credential_in_a_subprotocol_is_a_programs_as_well(surface: str, opens: bool) -> None:
    await database_sync_to_async(deny)(surface=surface)

    assert await is_let_in(headers=[], credential=RefreshFamily()) == opens


async def is_let_in(**facts: Any) -> bool:
    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    scope = {"type": "websocket", "path": "/ws/", "client": (OFFICE, 1), **facts}
    end = ApplicationCommunicator(let_in(socket), scope)  # type: ignore[no-untyped-call]
    told = await end.receive_output(5)  # type: ignore[no-untyped-call]
    return bool(told["type"] == "websocket.accept")
