"""POST /api/v1/playback-tokens/"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, Role, User
from cameras.models import Camera
from streaming import viewing
from streaming.models import MediaNode
from streaming.viewing import ViewerRefused
from tests.accounts.people_at_the_door import signed_in
from tests.conftest import PASSWORD

URL = "/api/v1/playback-tokens/"
SIGN_IN = "/api/v1/auth/token/"


@pytest.mark.parametrize(("kind", "room"), [("live", "live"), ("recorded", "rec")])
def test_a_viewer_gets_a_token_that_opens_the_camera(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, kind: str, room: str
) -> None:
    answer = api_of(viewer).post(URL, {"camera": camera.public_id, "kind": kind})
    assert answer.status_code == 201, answer.content
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert set(told) == {"token", "url", "expires_at"}
    assert told["url"] == f"/media/{told['token']}/{room}/{camera.public_id}/index.m3u8"
    assert told["expires_at"].endswith(".000Z")
    assert parse_datetime(told["expires_at"]) is not None
    assert viewing.viewer_of(told["token"], kind=room, camera_public_id=camera.public_id, address=None) == (
        viewer,
        camera,
    )


def test_the_address_is_the_nodes_own_where_it_has_one(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, node: MediaNode
) -> None:
    node.media_base_url = "https://media.vms.example/"
    node.save()
    told = api_of(viewer).post(URL, {"camera": camera.public_id, "kind": "live"}).json()
    assert told["url"].startswith("https://media.vms.example/media/")


def test_the_audit_knows_who_opened_what(api_of: Callable[..., APIClient], viewer: User, camera: Camera) -> None:
    token = api_of(viewer).post(URL, {"camera": camera.public_id, "kind": "recorded"}).json()["token"]
    entry = AuditEntry.objects.get(verb=AuditVerb.PLAYBACK_TOKEN_ISSUED)
    assert (entry.actor, entry.target_id) == (viewer, str(camera.pk))
    assert token not in str(entry.data)


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient], outsider: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(outsider)
    hidden = problem_of(client.post(URL, {"camera": camera.public_id, "kind": "live"}), 404, "not-found")
    unknown = problem_of(client.post(URL, {"camera": "aaaaaaaaaaaa", "kind": "live"}), 404, "not-found")
    assert hidden == unknown


def test_a_role_without_the_kinds_scope_is_refused(
    api_of: Callable[..., APIClient],
    make_user: Callable[..., User],
    viewer: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    viewer.role = Role.objects.create(name="archivist", label="Archivist", scopes=["cameras:read", "recordings:read"])
    viewer.save()
    client = api_of(viewer)
    problem_of(client.post(URL, {"camera": camera.public_id, "kind": "live"}), 403, "viewer-refused")
    assert client.post(URL, {"camera": camera.public_id, "kind": "recorded"}).status_code == 201


@pytest.mark.parametrize(
    ("wish", "pointers"), [({"kind": "rec"}, {"/kind"}), ({"kind": None}, {"/kind"}), ({}, {"/kind"})]
)
def test_what_is_wrong_is_told_by_field(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    wish: dict[str, Any],
    pointers: Any,
) -> None:
    told = problem_of(api_of(viewer).post(URL, {"camera": camera.public_id, **wish}), 400, "invalid")
    assert {error["pointer"] for error in told["errors"]} == pointers


def test_the_camera_must_be_named(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(viewer).post(URL, {"kind": "live"}), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/camera"]


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().post(URL, {"camera": camera.public_id, "kind": "live"}), 401, "not-signed-in")


def test_tokens_cannot_be_listed(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).get(URL), 405, "method-not-allowed")


def pass_of(client: Any, camera: Camera) -> str:
    """A pass for live video of the camera, as this browser or program gets it."""
    body = {"camera": camera.public_id, "kind": "live"}
    answer = client.post(URL, body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    token: str = answer.json()["token"]
    return token


def opens(token: str, camera: Camera) -> bool:
    try:
        viewing.viewer_of(token, kind="live", camera_public_id=camera.public_id, address=None)
    except ViewerRefused:
        return False
    return True


def test_a_pass_ends_with_the_session_it_was_asked_for_in(viewer: User, camera: Camera) -> None:
    here, there = signed_in(viewer), signed_in(viewer)
    passes = pass_of(here, camera), pass_of(there, camera)
    assert [opens(one, camera) for one in passes] == [True, True]

    here.post("/sign-out/")

    assert [opens(one, camera) for one in passes] == [False, True]


def test_a_new_password_ends_passes_of_other_sessions_alone(viewer: User, camera: Camera) -> None:
    here, there = signed_in(viewer), signed_in(viewer)
    passes = pass_of(here, camera), pass_of(there, camera)
    new = "another long password 77"

    here.post("/account/security/password/", {"present": PASSWORD, "password": new, "again": new})

    assert [opens(one, camera) for one in passes] == [True, False]


def test_a_pass_ends_with_the_programs_sign_in(viewer: User, camera: Camera) -> None:
    pair = Client().post(SIGN_IN, {"email": viewer.email, "password": PASSWORD}, "application/json").json()
    program = Client(headers={"Authorization": f"Bearer {pair['access']}"})
    token = pass_of(program, camera)
    assert opens(token, camera)

    assert program.post(f"{SIGN_IN}logout/", {"refresh": pair["refresh"]}, "application/json").status_code == 204

    assert not opens(token, camera)


def test_a_pass_goes_on_when_the_program_refreshes_its_sign_in(viewer: User, camera: Camera) -> None:
    pair = Client().post(SIGN_IN, {"email": viewer.email, "password": PASSWORD}, "application/json").json()
    token = pass_of(Client(headers={"Authorization": f"Bearer {pair['access']}"}), camera)

    assert Client().post(f"{SIGN_IN}refresh/", {"refresh": pair["refresh"]}, "application/json").status_code == 200

    assert opens(token, camera)
