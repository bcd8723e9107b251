"""Programs, through the real nginx: what a token opens, hears and plays, and that all of it ends with the token."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.people import PASSWORD, Person

SCOPES = ["cameras:read", "live:watch", "recordings:read"]


class Program(httpx2.Client):
    """Shows a credential with every request."""

    def __init__(self, portal: str, credential: str) -> None:
        headers = {"Authorization": f"Bearer {credential}"}
        super().__init__(base_url=portal, timeout=20, trust_env=False, headers=headers)
        self.credential = credential

    def hear(self, path: str = "/ws/cameras/") -> ClientConnection:
        """Open a socket."""
        address = f"{self.base_url}".replace("http", "ws", 1).rstrip("/") + path
        return connect(address, additional_headers={"Authorization": f"Bearer {self.credential}"})


def signed_in(portal: str, name: str = "operator") -> dict[str, Any]:
    """The tokens of a program that signed in for somebody."""
    body = {"email": f"{name}@vms.example", "password": PASSWORD}
    answer = httpx2.post(f"{portal}/api/v1/auth/token/", json=body, trust_env=False)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
def issue(portal: str) -> Iterator[Callable[..., tuple[Program, int]]]:
    """A program with an API token of the operator, and the token's number: `issue(reach={…})`."""
    opened: list[Program] = []

    def issue_it(**facts: Any) -> tuple[Program, int]:
        with Program(portal, signed_in(portal)["access"]) as owner:
            answer = owner.post("/api/v1/tokens/", json={"name": "Wall", "scopes": SCOPES, **facts})
        assert answer.status_code == 201, answer.text
        opened.append(Program(portal, answer.json()["token"]))
        return opened[-1], answer.json()["id"]

    yield issue_it
    for program in opened:
        program.close()


def closing_code(socket: ClientConnection) -> int:
    """With which code the server closes the socket."""
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_a_restricted_token_sees_hears_and_plays_its_camera_until_it_is_revoked(
    operator: Person, issue: Callable[..., tuple[Program, int]]
) -> None:
    camera, other = operator.enrol("Wall camera"), operator.enrol("Other camera")
    program, number = issue(reach={"cameras": [camera.public_id]})

    seen = program.get("/api/v1/cameras/").json()["results"]
    assert [one["public_id"] for one in seen] == [camera.public_id]
    body = {"camera": camera.public_id, "kind": "recorded"}
    playlist = program.post("/api/v1/playback-tokens/", json=body).json()["url"]
    playlist += "?start=2020-01-01T00:00:00Z&end=2020-01-01T00:10:00Z"
    assert program.get(playlist).json()["type"] == "urn:vms:problem:nothing-recorded"
    with program.hear() as socket:
        operator.api("POST", f"/cameras/{other.public_id}/deactivation/")
        operator.api("POST", f"/cameras/{camera.public_id}/deactivation/")
        news = json.loads(socket.recv(timeout=10))
        assert (news["public_id"], news["badge"]) == (camera.public_id, "inactive")

        operator.api("DELETE", f"/tokens/{number}/", status=204)
        assert closing_code(socket) == 4404

    refused = program.get("/api/v1/cameras/")
    assert refused.status_code == 401
    assert refused.json()["type"] == "urn:vms:problem:credential-revoked"
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="vms", error="invalid_token"'
    assert program.get(playlist).status_code == 403
    with program.hear() as socket:
        assert closing_code(socket) == 4401


def test_a_browser_opens_a_socket_with_a_token(page: Page, issue: Callable[..., tuple[Program, int]]) -> None:
    program, _ = issue()
    page.goto("/sign-in/")

    outcome = page.evaluate(
        """(token) => new Promise((tell) => {
            const socket = new WebSocket(`ws://${location.host}/ws/cameras/`, ["vms", `vms.bearer.${token}`]);
            socket.onopen = () => setTimeout(() => tell([socket.readyState, socket.protocol]), 500);
            socket.onclose = ({ code }) => tell([code]);
        })""",
        program.credential,
    )
    assert outcome == [1, "vms"]


def test_a_token_is_made_in_the_portal_and_used(page_of: Callable[[str], Page], portal: str) -> None:
    page = page_of("viewer")
    page.goto("/account/tokens/")
    page.get_by_role("link", name="New token").or_(page.get_by_role("link", name="Make the first token")).first.click()
    page.get_by_label("What for?").fill("A wall in the hall")
    page.get_by_label("Password, or a code").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_label("Name").fill("Hall")
    page.get_by_role("button", name="Issue the token").click()

    text = page.get_by_label("Token", exact=True).input_value()
    page.get_by_role("button", name="Copy: Token").click()
    assert page.evaluate("navigator.clipboard.readText()") == text
    with Program(portal, text) as program:
        assert program.get("/api/v1/users/me/").json()["email"] == "viewer@vms.example"
    page.goto("/account/tokens/")
    expect(page.get_by_text(text.partition(".")[0]).first).to_be_visible()
    assert text not in page.content()


def test_a_stolen_refresh_token_ends_the_sign_in_for_the_thief_too(page_of: Callable[[str], Page], portal: str) -> None:
    page = page_of("guard")

    def refresh(token: str) -> httpx2.Response:
        return httpx2.post(f"{portal}/api/v1/auth/token/refresh/", json={"refresh": token}, trust_env=False)

    first = signed_in(portal, "guard")
    page.goto("/account/sessions/")
    expect(page.get_by_role("heading", name="Programs")).to_be_visible()
    thief = refresh(first["refresh"]).json()
    with Program(portal, thief["access"]) as program:
        assert program.get("/api/v1/users/me/").status_code == 200

        assert refresh(first["refresh"]).json()["type"] == "urn:vms:problem:refresh-token-reused"

        assert program.get("/api/v1/users/me/").status_code == 401
    assert refresh(thief["refresh"]).json()["type"] == "urn:vms:problem:credential-revoked"
    page.reload()
    expect(page.get_by_role("heading", name="Programs")).to_have_count(0)
