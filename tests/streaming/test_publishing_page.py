"""Sessions, refused attempts and trouble on a camera's page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cameras.models import Camera
from streaming import admission, ingest
from streaming.admission import Knock, PublisherRefused
from streaming.choices import EndReason, RefusalCause, Trouble
from streaming.models import MediaNode, PublishAttempt, PublishSession
from streaming.stream_keys import IssuedKey

Page = Callable[[User], Client]


@pytest.fixture
def session(camera: Camera, stream_key: IssuedKey, node: MediaNode) -> PublishSession:
    return admission.admit(
        Knock("local", 1, 7, camera.public_id, key=stream_key.secret, address="192.0.2.7", encoder="Encoder 9")
    )


def part(browser: Client, camera: Camera, name: str) -> str:
    answer = browser.get(f"/cameras/{camera.public_id}/{name}/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    return answer.content.decode()


def test_a_session_is_told_with_its_state_and_why_it_ended(
    operator: User, camera: Camera, session: PublishSession, page_of: Page
) -> None:
    browser = page_of(operator)
    assert "Admitted, no video yet" in part(browser, camera, "sessions")

    ingest.confirm_flowing(session)
    assert "Video flows" in part(browser, camera, "sessions")

    ingest.end_session(session, reason=EndReason.IDLE_SOCKET)
    ended = part(browser, camera, "sessions")
    assert "No data arrived" in ended
    assert "192.0.2.7" in ended
    assert "Encoder 9" in ended


def test_h265_is_told_in_plain_words_at_the_top_of_the_page(
    viewer: User, camera: Camera, session: PublishSession, page_of: Page
) -> None:
    browser = page_of(viewer)
    assert part(browser, camera, "trouble").strip() == ""

    ingest.note_trouble(session, Trouble.UNSUPPORTED_VIDEO)

    told = part(browser, camera, "trouble")
    assert 'role="alert"' in told
    assert "H.265 (HEVC)" in told
    assert f'hx-get="/cameras/{camera.public_id}/trouble/"' in browser.get(camera.get_absolute_url()).content.decode()


def test_trouble_is_over_when_the_session_is(
    viewer: User, camera: Camera, session: PublishSession, page_of: Page
) -> None:
    ingest.note_trouble(session, Trouble.UNSUPPORTED_VIDEO)
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)

    assert part(page_of(viewer), camera, "trouble").strip() == ""


def test_a_refusal_is_told_with_cause_advice_and_count(
    operator: User, camera: Camera, stream_key: IssuedKey, node: MediaNode, page_of: Page
) -> None:
    for _ in range(3):
        with pytest.raises(PublisherRefused):
            admission.admit(Knock("local", 1, 7, camera.public_id, key="wrong", address="192.0.2.9", encoder="OBS"))

    told = part(page_of(operator), camera, "attempts")

    assert RefusalCause.WRONG_KEY.label in told
    assert "Copy the whole key" in told
    assert 'data-label="Times">3<' in told
    assert "192.0.2.9" in told


def test_a_viewer_learns_causes_but_no_addresses(
    viewer: User, camera: Camera, session: PublishSession, page_of: Page
) -> None:
    with pytest.raises(PublisherRefused):
        admission.admit(Knock("local", 1, 8, camera.public_id, key="wrong", address="192.0.2.9", encoder="OBS"))
    browser = page_of(viewer)

    attempts, sessions = part(browser, camera, "attempts"), part(browser, camera, "sessions")

    assert "The stream key is wrong" in attempts
    assert "192.0.2." not in attempts + sessions
    assert "Encoder 9" not in sessions


def test_fragments_listen_for_news_and_keep_their_page(
    operator: User, camera: Camera, node: MediaNode, page_of: Page
) -> None:
    now = timezone.now()
    for number in range(12):
        PublishAttempt.objects.create(
            camera=camera, presented_name="x", cause="wrong_key", first_at=now, last_at=now, count=number + 1
        )

    second = page_of(operator).get(f"/cameras/{camera.public_id}/attempts/?page=2", headers={"HX-Request": "true"})

    content = second.content.decode()
    assert len(second.context["page"].object_list) == 2
    assert f'hx-get="/cameras/{camera.public_id}/attempts/?page=2"' in content
    assert "vms:activity from:body" in content
    assert "vms:resync from:body" in content


def test_lists_cost_the_same_whatever_they_list(
    operator: User,
    camera: Camera,
    node: MediaNode,
    page_of: Page,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    browser = page_of(operator)
    now = timezone.now()

    def publish(client_id: int) -> None:
        PublishSession.objects.create(
            **{"camera": camera, "node": node, "nginx_pid": 1, "client_id": client_id, "state": "ended"},
            **{"admitted_at": now, "last_update_at": now, "ended_at": now, "end_reason": "publisher_closed"},
        )

    publish(1)
    with django_assert_max_num_queries(7) as few:
        part(browser, camera, "sessions")
    for client_id in range(2, 9):
        publish(client_id)

    with django_assert_num_queries(len(few.captured_queries)):
        part(browser, camera, "sessions")
