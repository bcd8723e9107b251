"""Stream keys: shown once, two valid during a rotation, ended for good."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras import enrolment
from cameras.enrolment import CameraIsRetired
from cameras.models import Camera
from streaming import stream_keys
from streaming.models import StreamKey

START = datetime(2030, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> object:
    """A clock that stands still until it is moved."""
    with time_machine.travel(START, tick=False) as moved:
        yield moved


def valid(camera: Camera, at: datetime = START) -> list[str]:
    return list(camera.stream_keys.valid_at(at).order_by("pk").values_list("hint", flat=True))


def test_the_secret_is_kept_nowhere(camera: Camera, operator: User) -> None:
    issued = stream_keys.rotate_key(camera, actor=operator)

    row = StreamKey.objects.values().get()
    assert issued.secret not in str(row)
    assert row["digest"] == StreamKey.digest_of(issued.secret)
    assert row["hint"] == issued.secret[-4:]
    entry = AuditEntry.objects.get(verb=AuditVerb.STREAM_KEY_ISSUED)
    assert (entry.actor, entry.data) == (operator, {"hint": issued.key.hint})


def test_secrets_are_long_and_can_be_typed(camera: Camera, operator: User) -> None:
    secrets = {stream_keys.rotate_key(camera, actor=operator).secret for _ in range(20)}

    assert len(secrets) == 20
    assert all(len(secret) == 26 and secret.isalnum() and secret.islower() for secret in secrets)
    assert not set("".join(secrets)) & set("01l")


def test_during_a_rotation_two_keys_are_valid(camera: Camera, operator: User) -> None:
    old = stream_keys.rotate_key(camera, actor=operator)
    new = stream_keys.rotate_key(camera, actor=operator, overlap=timedelta(hours=1))

    assert valid(camera) == [old.key.hint, new.key.hint]
    assert valid(camera, START + timedelta(minutes=59)) == [old.key.hint, new.key.hint]
    assert valid(camera, START + timedelta(hours=1)) == [new.key.hint]


def test_a_third_key_revokes_the_first(camera: Camera, operator: User) -> None:
    issued = [stream_keys.rotate_key(camera, actor=operator) for _ in range(3)]

    assert valid(camera) == [one.key.hint for one in issued[1:]]
    issued[0].key.refresh_from_db()
    assert issued[0].key.revoked_at == START


def test_a_rotation_without_overlap_ends_the_old_key_at_once(camera: Camera, operator: User) -> None:
    stream_keys.rotate_key(camera, actor=operator)
    new = stream_keys.rotate_key(camera, actor=operator, overlap=timedelta(0))

    assert valid(camera) == [new.key.hint]


def test_a_rotation_never_lengthens_an_old_keys_life(camera: Camera, operator: User) -> None:
    soon = START + timedelta(minutes=5)
    old = stream_keys.rotate_key(camera, actor=operator, expires_at=soon)

    stream_keys.rotate_key(camera, actor=operator, overlap=timedelta(days=1))

    old.key.refresh_from_db()
    assert old.key.expires_at == soon


@pytest.mark.parametrize("expires_at", [START, START - timedelta(seconds=1)])
def test_a_key_that_expires_before_it_is_issued_is_refused(
    camera: Camera, operator: User, expires_at: datetime
) -> None:
    old = stream_keys.rotate_key(camera, actor=operator)

    with pytest.raises(ValidationError) as refusal:
        stream_keys.rotate_key(camera, actor=operator, expires_at=expires_at)

    assert list(refusal.value.message_dict) == ["expires_at"]
    assert valid(camera, START + timedelta(days=365)) == [old.key.hint]


def test_revoking_twice_is_revoking_once(camera: Camera, operator: User, clock: time_machine.Traveller) -> None:
    issued = stream_keys.rotate_key(camera, actor=operator)
    stream_keys.revoke_key(issued.key, actor=operator)
    clock.shift(60)
    again = stream_keys.revoke_key(issued.key, actor=operator)

    assert again.revoked_at == START
    assert AuditEntry.objects.filter(verb=AuditVerb.STREAM_KEY_REVOKED).count() == 1
    assert not again.is_valid(START)


def test_a_rotation_leaves_other_cameras_keys_alone(camera: Camera, other_camera: Camera, operator: User) -> None:
    other = stream_keys.rotate_key(other_camera, actor=operator)
    for _ in range(3):
        stream_keys.rotate_key(camera, actor=operator)

    assert valid(other_camera, START + timedelta(days=365)) == [other.key.hint]


def test_a_retired_camera_gets_no_key(camera: Camera, operator: User) -> None:
    enrolment.retire_camera(camera, actor=operator)

    with pytest.raises(CameraIsRetired):
        stream_keys.rotate_key(camera, actor=operator)
    assert not StreamKey.objects.exists()
