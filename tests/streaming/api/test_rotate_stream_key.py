"""POST /api/v1/stream-keys/"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras.models import Camera
from streaming.models import MediaNode, StreamKey
from streaming.stream_keys import IssuedKey

URL = "/api/v1/stream-keys/"


def test_the_secret_is_shown_once_with_the_addresses_that_hold_it(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, node: MediaNode
) -> None:
    answer = api_of(operator).post(URL, {"camera": camera.public_id})
    assert answer.status_code == 201, answer.content
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    secret = told["secret"]
    key = StreamKey.objects.get(pk=told["id"])
    assert key.digest == StreamKey.digest_of(secret)
    stream = f"{camera.public_id}?key={secret}"
    assert told["publish_addresses"] == [
        {
            "url": f"rtmp://node.vms.example:1935/ingest/{stream}",
            "server": "rtmp://node.vms.example:1935/ingest",
            "stream": stream,
            "encrypted": False,
        },
        {
            "url": f"rtmps://node.vms.example:1936/ingest/{stream}",
            "server": "rtmps://node.vms.example:1936/ingest",
            "stream": stream,
            "encrypted": True,
        },
    ]
    assert secret not in api_of(operator).get(URL).content.decode()


def test_without_a_node_there_is_a_key_but_no_address(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    assert api_of(operator).post(URL, {"camera": camera.public_id}).json()["publish_addresses"] == []


def test_the_key_before_stays_valid_for_as_long_as_asked(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, stream_key: IssuedKey
) -> None:
    before = timezone.now()
    api_of(operator).post(URL, {"camera": camera.public_id, "overlap_seconds": 60})
    stream_key.key.refresh_from_db()
    assert before + timedelta(seconds=60) <= stream_key.key.expires_at <= timezone.now() + timedelta(seconds=60)


def test_without_overlap_the_key_before_ends_now(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, stream_key: IssuedKey
) -> None:
    api_of(operator).post(URL, {"camera": camera.public_id, "overlap_seconds": 0})
    stream_key.key.refresh_from_db()
    assert not stream_key.key.is_valid(timezone.now())


def test_a_key_may_end_by_itself(api_of: Callable[..., APIClient], operator: User, camera: Camera) -> None:
    told = api_of(operator).post(URL, {"camera": camera.public_id, "expires_at": "2999-12-31T23:00:00+01:00"}).json()
    assert told["expires_at"] == "2999-12-31T22:00:00.000Z"


def test_the_audit_knows_who_issued_it_and_not_the_secret(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    secret = api_of(operator).post(URL, {"camera": camera.public_id}).json()["secret"]
    entry = AuditEntry.objects.get(verb=AuditVerb.STREAM_KEY_ISSUED)
    assert entry.actor == operator
    assert secret not in str(entry.data)


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "/expires_at"),
        ({"expires_at": 7}, "/expires_at"),
        ({"overlap_seconds": -1}, "/overlap_seconds"),
        ({"overlap_seconds": 10**30}, "/overlap_seconds"),
        ({"overlap_seconds": "soon"}, "/overlap_seconds"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_no_key_is_issued(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    facts: dict[str, Any],
    pointer: str,
) -> None:
    told = problem_of(api_of(operator).post(URL, {"camera": camera.public_id, **facts}), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert not StreamKey.objects.exists()


def test_the_camera_must_be_named(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(operator).post(URL, {}), 400, "invalid")
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [("/camera", "required")]


@pytest.mark.parametrize("name", ["aaaaaaaaaaaa", "\x00", "", 7, ["x"], {"public_id": "x"}])
def test_an_unknown_camera_is_not_found(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, name: str
) -> None:
    answer = api_of(operator).post(URL, {"camera": name})
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"


def test_an_installer_cannot_tell_a_hidden_camera_from_none(
    api_of: Callable[..., APIClient],
    installer: User,
    camera: Camera,
    other_camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    client = api_of(installer)
    hidden = problem_of(client.post(URL, {"camera": other_camera.public_id}), 404, "not-found")
    unknown = problem_of(client.post(URL, {"camera": "aaaaaaaaaaaa"}), 404, "not-found")
    assert hidden == unknown
    assert client.post(URL, {"camera": camera.public_id}).status_code == 201


def test_a_viewer_and_an_outsider_may_not(
    api_of: Callable[..., APIClient],
    viewer: User,
    outsider: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    for person in (viewer, outsider):
        problem_of(api_of(person).post(URL, {"camera": camera.public_id}), 403, "forbidden")
    assert not StreamKey.objects.exists()


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().post(URL, {"camera": camera.public_id}), 401, "not-signed-in")
