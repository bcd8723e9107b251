"""Who may publish, and what an installer is told when a camera may not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from time_machine import Traveller

from accounts.audit import SYSTEM
from cameras import enrolment
from cameras.models import Camera
from streaming import stream_keys
from streaming.choices import ADVICE, NodeState, RefusalCause
from streaming.models import MediaNode, PublishAttempt, PublishSession
from streaming.stream_keys import IssuedKey
from tests.streaming.conftest import NOON, Ask

pytestmark = pytest.mark.usefixtures("clock")


def attempt() -> PublishAttempt:
    return PublishAttempt.objects.get()


def test_a_wrong_key_is_refused_and_kept(knock: Ask, camera: Camera, node: MediaNode) -> None:
    answer = knock(key="not-the-key")

    assert (answer.status_code, answer.content) == (403, b"wrong_key\n")
    assert (attempt().camera, attempt().node, attempt().cause) == (camera, node, RefusalCause.WRONG_KEY)
    assert (attempt().address, attempt().encoder) == ("203.0.113.9", "FMLE/3.0")
    assert attempt().advice == ADVICE["wrong_key"]


@pytest.mark.parametrize("key", ["", None])
def test_a_missing_key_is_refused_as_missing(knock: Ask, key: str | None) -> None:
    assert knock(key=key).content == b"missing_key\n"

    assert attempt().cause == RefusalCause.MISSING_KEY


def test_the_key_of_another_camera_is_wrong(knock: Ask, other_camera: Camera) -> None:
    foreign = stream_keys.rotate_key(other_camera, actor=SYSTEM)

    assert knock(key=foreign.secret).status_code == 403
    assert attempt().cause == RefusalCause.WRONG_KEY


def test_an_expired_key_is_refused_as_expired(knock: Ask, stream_key: IssuedKey) -> None:
    stream_key.key.expires_at = NOON
    stream_key.key.save()

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.EXPIRED_KEY


def test_a_revoked_key_is_refused_as_revoked_even_when_it_has_also_expired(knock: Ask, stream_key: IssuedKey) -> None:
    stream_key.key.expires_at = NOON - timedelta(days=1)
    stream_key.key.save()
    stream_keys.revoke_key(stream_key.key, actor=SYSTEM)

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.REVOKED_KEY


def test_an_unknown_camera_is_kept_under_the_name_it_gave(knock: Ask) -> None:
    assert knock(name="garden").status_code == 403
    assert (attempt().camera, attempt().presented_name, attempt().cause) == (None, "garden", "unknown_camera")


def test_an_inactive_camera_is_refused_as_inactive(knock: Ask, camera: Camera) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.INACTIVE_CAMERA


def test_a_retired_camera_is_refused_as_retired(knock: Ask, camera: Camera) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)
    enrolment.retire_camera(camera, actor=SYSTEM)

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.RETIRED_CAMERA


def test_without_the_key_nobody_learns_that_a_camera_is_inactive(knock: Ask, camera: Camera) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)

    assert knock(key="guess").content == b"wrong_key\n"


def test_an_unknown_node_is_refused(knock: Ask) -> None:
    assert knock(node_name="elsewhere").status_code == 403
    assert (attempt().node, attempt().cause) == (None, RefusalCause.UNKNOWN_NODE)


def test_a_draining_node_takes_no_new_cameras_and_keeps_those_it_has(
    live: PublishSession, knock: Ask, node: MediaNode, make_camera: Callable[..., Camera]
) -> None:
    MediaNode.objects.update(state=NodeState.DRAINING)
    newcomer = make_camera("SN-2")
    key = stream_keys.rotate_key(newcomer, actor=SYSTEM)

    assert knock(name=newcomer.public_id, key=key.secret, clientid=8).content == b"draining_node\n"
    assert knock("update").status_code == 204


def test_a_refused_publish_leaves_no_session(knock: Ask) -> None:
    knock(key="wrong")

    assert not PublishSession.objects.exists()


def test_an_encoder_that_keeps_trying_is_one_row_with_a_count(knock: Ask, clock: Traveller) -> None:
    for _ in range(3):
        knock(key="wrong")
        clock.shift(60)

    assert (attempt().count, attempt().first_at) == (3, NOON)
    assert attempt().last_at == NOON + timedelta(minutes=2)


def test_after_a_pause_it_is_a_new_attempt(knock: Ask, clock: Traveller) -> None:
    knock(key="wrong")
    clock.shift(301)
    knock(key="wrong")

    assert list(PublishAttempt.objects.values_list("count", flat=True)) == [1, 1]


def test_another_cause_another_address_or_another_name_is_another_attempt(knock: Ask) -> None:
    knock(key="wrong")
    knock(key="")
    knock(key="wrong", addr="198.51.100.1")
    knock(name="garden")

    assert PublishAttempt.objects.count() == 4


def test_every_refusal_comes_with_advice() -> None:
    assert {cause.value for cause in RefusalCause} == ADVICE.keys()
