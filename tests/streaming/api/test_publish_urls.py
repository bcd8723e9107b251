"""POST /api/v1/publish-urls/: addresses that end by themselves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras import enrolment
from cameras.models import Camera
from streaming import admission, stream_keys
from streaming.admission import Knock, PublisherRefused
from streaming.choices import EndReason, RefusalCause
from streaming.models import MediaNode, PublishSession, StreamKey
from streaming.stream_keys import IssuedKey

URL = "/api/v1/publish-urls/"


def knock(camera: Camera, secret: str) -> Knock:
    return Knock("local", nginx_pid=1, client_id=7, name=camera.public_id, key=secret, address="192.0.2.7", encoder="")


def test_the_address_is_shown_once_and_ends_when_asked(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, node: MediaNode
) -> None:
    answer = api_of(operator).post(URL, {"camera": camera.public_id, "valid_seconds": 600})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    told = answer.json()
    key = StreamKey.objects.get(pk=told["id"])
    assert timezone.now() + timedelta(seconds=590) < key.expires_at <= timezone.now() + timedelta(seconds=600)
    assert told["temporary"] is True
    assert [one["url"].partition(":")[0] for one in told["publish_addresses"]] == ["rtmp", "rtmps"]
    assert told["secret"] in told["publish_addresses"][0]["url"]
    assert told["secret"] not in api_of(operator).get("/api/v1/stream-keys/").content.decode()


def test_a_phone_publishes_with_it_until_it_ends(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, node: MediaNode
) -> None:
    secret = api_of(operator).post(URL, {"camera": camera.public_id, "valid_seconds": 600}).json()["secret"]
    session = admission.admit(knock(camera, secret))
    assert admission.still_welcome(knock(camera, secret))
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        assert not admission.still_welcome(knock(camera, secret))
        with pytest.raises(PublisherRefused) as refusal:
            admission.admit(knock(camera, secret))
    assert PublishSession.objects.get(pk=session.pk).end_reason == EndReason.KEY_EXPIRED
    assert refusal.value.cause == RefusalCause.EXPIRED_KEY


def test_it_can_be_revoked_before_its_time(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, node: MediaNode
) -> None:
    client = api_of(operator)
    told = client.post(URL, {"camera": camera.public_id}).json()
    assert client.delete(f"/api/v1/stream-keys/{told['id']}/").status_code == 204
    with pytest.raises(PublisherRefused) as refusal:
        admission.admit(knock(camera, told["secret"]))
    assert refusal.value.cause == RefusalCause.REVOKED_KEY


def test_the_cameras_own_keys_stay_as_they_are(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, node: MediaNode, stream_key: IssuedKey
) -> None:
    client = api_of(operator)
    made = [client.post(URL, {"camera": camera.public_id}).json() for _ in range(3)]
    stream_keys.rotate_key(camera, actor=SYSTEM)
    stream_key.key.refresh_from_db()
    assert stream_key.key.is_valid(timezone.now())
    keys = StreamKey.objects.filter(pk__in=[one["id"] for one in made])
    assert all(key.is_valid(timezone.now()) for key in keys)
    assert len(client.get("/api/v1/stream-keys/?temporary=true").json()["results"]) == 3


def test_it_is_written_into_the_audit_without_its_secret(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    told = api_of(operator).post(URL, {"camera": camera.public_id, "valid_seconds": 600}).json()
    entry = AuditEntry.objects.get(verb=AuditVerb.PUBLISH_URL_SIGNED)
    assert (entry.actor, entry.target_label) == (operator, "Gate")
    assert entry.data == {"hint": told["hint"], "valid_seconds": 600}


@pytest.mark.parametrize("seconds", [0, 59, 86_401, -1, "soon", None, 1e30])
def test_it_is_valid_for_a_minute_to_a_day(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    seconds: Any,
) -> None:
    answer = api_of(operator).post(URL, {"camera": camera.public_id, "valid_seconds": seconds})
    assert problem_of(answer, 400, "invalid")["errors"][0]["pointer"] == "/valid_seconds"
    assert not StreamKey.objects.exists()


def test_a_retired_camera_gets_none(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)
    problem_of(api_of(operator).post(URL, {"camera": camera.public_id}), 409, "camera-is-retired")


def test_who_may_not_handle_keys_gets_none_and_invisible_cameras_do_not_exist(
    api_of: Callable[..., APIClient],
    viewer: User,
    installer: User,
    camera: Camera,
    other_camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    problem_of(api_of(viewer).post(URL, {"camera": camera.public_id}), 403, "forbidden")
    problem_of(APIClient().post(URL, {"camera": camera.public_id}), 401, "not-signed-in")
    problem_of(api_of(installer).post(URL, {"camera": other_camera.public_id}), 404, "not-found")
    assert api_of(installer).post(URL, {"camera": camera.public_id}).status_code == 201
