"""GET /api/v1/stream-keys/ and /api/v1/stream-keys/{id}/"""

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras.models import Camera
from streaming import stream_keys
from streaming.stream_keys import IssuedKey

URL = "/api/v1/stream-keys/"


def test_an_operator_sees_the_last_letters_of_a_key_and_nothing_that_opens(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, stream_key: IssuedKey
) -> None:
    answer = api_of(operator).get(URL)
    [told] = answer.json()["results"]
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "id": stream_key.key.pk,
        "camera": camera.public_id,
        "hint": stream_key.secret[-4:],
        "temporary": False,
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
    }
    assert stream_key.secret not in answer.content.decode()
    assert stream_key.key.digest not in answer.content.decode()


def test_one_key_can_be_read(api_of: Callable[..., APIClient], operator: User, stream_key: IssuedKey) -> None:
    assert api_of(operator).get(f"{URL}{stream_key.key.pk}/").json()["hint"] == stream_key.key.hint


def test_a_camera_narrows_the_list(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, other_camera: Camera, stream_key: IssuedKey
) -> None:
    stream_keys.rotate_key(other_camera, actor=SYSTEM)
    told = api_of(operator).get(URL, {"camera": camera.public_id}).json()
    assert [key["id"] for key in told["results"]] == [stream_key.key.pk]


def test_an_installer_sees_the_keys_of_granted_cameras_only(
    api_of: Callable[..., APIClient], installer: User, camera: Camera, other_camera: Camera, stream_key: IssuedKey
) -> None:
    hidden = stream_keys.rotate_key(other_camera, actor=SYSTEM)
    client = api_of(installer)
    assert [key["camera"] for key in client.get(URL).json()["results"]] == [camera.public_id]
    assert client.get(f"{URL}{hidden.key.pk}/").status_code == 404


def test_an_installer_cannot_tell_a_hidden_camera_from_none(
    api_of: Callable[..., APIClient], installer: User, other_camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(installer)
    hidden = problem_of(client.get(URL, {"camera": other_camera.public_id}), 404, "not-found")
    unknown = problem_of(client.get(URL, {"camera": "aaaaaaaaaaaa"}), 404, "not-found")
    assert hidden == unknown


def test_a_viewer_and_an_outsider_may_not_look_at_keys(
    api_of: Callable[..., APIClient],
    viewer: User,
    outsider: User,
    stream_key: IssuedKey,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    problem_of(api_of(viewer).get(URL), 403, "forbidden")
    problem_of(api_of(outsider).get(f"{URL}{stream_key.key.pk}/"), 403, "forbidden")


def test_a_stranger_is_asked_to_sign_in(stream_key: IssuedKey, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL), 401, "not-signed-in")


def test_a_key_is_rotated_and_not_changed(
    api_of: Callable[..., APIClient], operator: User, stream_key: IssuedKey, problem_of: Callable[..., dict[str, Any]]
) -> None:
    answer = api_of(operator).patch(f"{URL}{stream_key.key.pk}/", {"expires_at": None})
    problem_of(answer, 405, "method-not-allowed")


def test_keys_are_narrowed_to_those_that_are_valid(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, stream_key: IssuedKey
) -> None:
    newer = stream_keys.rotate_key(camera, actor=SYSTEM)
    stream_keys.revoke_key(stream_key.key, actor=SYSTEM)
    client = api_of(operator)
    for valid, key in (("true", newer.key), ("false", stream_key.key)):
        [told] = client.get("/api/v1/stream-keys/", {"camera": camera.public_id, "valid": valid}).json()["results"]
        assert told["id"] == key.pk
    assert client.get("/api/v1/stream-keys/", {"valid": "yes"}).status_code == 400
