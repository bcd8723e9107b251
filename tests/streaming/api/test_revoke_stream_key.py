"""DELETE /api/v1/stream-keys/{id}/"""

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras.models import Camera
from streaming import stream_keys
from streaming.stream_keys import IssuedKey

URL = "/api/v1/stream-keys/"


def test_a_revoked_key_is_still_listed_with_the_time_of_its_end(
    api_of: Callable[..., APIClient], operator: User, stream_key: IssuedKey
) -> None:
    client = api_of(operator)
    assert client.delete(f"{URL}{stream_key.key.pk}/").status_code == 204
    assert client.get(f"{URL}{stream_key.key.pk}/").json()["revoked_at"].endswith("Z")
    stream_key.key.refresh_from_db()
    assert stream_key.key.revoked_at is not None


def test_revoking_again_changes_nothing(
    api_of: Callable[..., APIClient], operator: User, stream_key: IssuedKey
) -> None:
    client = api_of(operator)
    client.delete(f"{URL}{stream_key.key.pk}/")
    first = client.get(f"{URL}{stream_key.key.pk}/").json()
    assert client.delete(f"{URL}{stream_key.key.pk}/").status_code == 204
    assert client.get(f"{URL}{stream_key.key.pk}/").json() == first


def test_an_installer_cannot_tell_a_hidden_key_from_none(
    api_of: Callable[..., APIClient], installer: User, other_camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    hidden = stream_keys.rotate_key(other_camera, actor=SYSTEM)
    client = api_of(installer)
    refused = problem_of(client.delete(f"{URL}{hidden.key.pk}/"), 404, "not-found")
    assert refused == problem_of(client.delete(f"{URL}999999/"), 404, "not-found")
    hidden.key.refresh_from_db()
    assert hidden.key.revoked_at is None


def test_a_viewer_and_an_outsider_may_not(
    api_of: Callable[..., APIClient],
    viewer: User,
    outsider: User,
    stream_key: IssuedKey,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    for person in (viewer, outsider):
        problem_of(api_of(person).delete(f"{URL}{stream_key.key.pk}/"), 403, "forbidden")
    stream_key.key.refresh_from_db()
    assert stream_key.key.revoked_at is None


def test_a_stranger_is_asked_to_sign_in(stream_key: IssuedKey, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().delete(f"{URL}{stream_key.key.pk}/"), 401, "not-signed-in")
