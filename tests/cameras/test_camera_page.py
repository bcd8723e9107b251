"""A camera's page, and changing the camera there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment, health
from cameras.models import Camera

Page = Callable[[User], Client]

PAGES = [
    "",
    "edit/",
    "history/",
    "retire/",
    "connect/",
    "connection/",
    "keys/",
    "keys/new/",
    "sessions/",
    "attempts/",
    "trouble/",
    "playback/",
    "health/",
    "recording/",
]
FOR_VIEWERS = ["", "history/", "sessions/", "attempts/", "trouble/", "playback/", "health/", "recording/"]
ACTIONS = ["edit/", "retire/", "deactivate/", "reactivate/", "connect/", "keys/", "recording/set/"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_camera_opens_for_an_administrator(
    admin: User, camera: Camera, page_of: Page, page: str
) -> None:
    assert page_of(admin).get(f"/cameras/{camera.public_id}/{page}").status_code == 200


@pytest.mark.parametrize("page", FOR_VIEWERS)
def test_a_page_of_an_invisible_camera_is_the_same_404_as_of_an_unknown_one(
    outsider: User, viewer: User, other_camera: Camera, page_of: Page, page: str
) -> None:
    for user in (outsider, viewer):
        hidden = page_of(user).get(f"/cameras/{other_camera.public_id}/{page}")
        unknown = page_of(user).get(f"/cameras/nosuchcamera/{page}")

        assert (hidden.status_code, unknown.status_code) == (404, 404)
        assert b"Pier" not in hidden.content


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_asked_to_sign_in(camera: Camera, page: str) -> None:
    answer = Client().get(f"/cameras/{camera.public_id}/{page}")

    assert answer["Location"] == f"/sign-in/?next=/cameras/{camera.public_id}/{page}"


@pytest.mark.parametrize("page", FOR_VIEWERS)
def test_a_viewer_sees_no_action_on_any_page(viewer: User, camera: Camera, page_of: Page, page: str) -> None:
    content = page_of(viewer).get(f"/cameras/{camera.public_id}/{page}").content.decode()

    for action in ACTIONS:
        assert f"/cameras/{camera.public_id}/{action}" not in content
    assert "rtmp://" not in content


def test_an_operator_sees_the_actions(operator: User, camera: Camera, page_of: Page) -> None:
    content = page_of(operator).get(camera.get_absolute_url()).content.decode()

    for action in ("edit/", "deactivate/", "retire/", "connect/", "keys/"):
        assert f"/cameras/{camera.public_id}/{action}" in content


def test_the_page_has_the_player_the_badge_and_its_own_socket(viewer: User, camera: Camera, page_of: Page) -> None:
    content = page_of(viewer).get(camera.get_absolute_url()).content.decode()

    assert f'<vms-player class="player" camera="{camera.public_id}" mode="live" zone="Europe/Berlin"' in content
    assert f'data-camera-badge="{camera.public_id}"' in content
    assert f'data-live-status="/ws/cameras/{camera.public_id}/"' in content


def test_a_camera_out_of_use_shows_no_live_picture(operator: User, camera: Camera, page_of: Page) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)

    content = page_of(operator).get(camera.get_absolute_url()).content

    assert b"<vms-player" not in content
    assert b"deactivated and cannot publish" in content


def test_the_page_costs_few_queries(
    operator: User, camera: Camera, page_of: Page, django_assert_max_num_queries: Any
) -> None:
    browser = page_of(operator)

    with django_assert_max_num_queries(6):
        browser.get(camera.get_absolute_url())


def test_facts_are_edited(operator: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(operator).post(
        f"/cameras/{camera.public_id}/edit/",
        {"name": "Main gate", "serial_number": "SN-1b", "site": str(camera.site_id)},
        follow=True,
    )

    camera.refresh_from_db()
    assert (camera.name, camera.serial_number, camera.vendor) == ("Main gate", "SN-1b", "")
    assert b"Saved." in answer.content


def test_an_edit_that_is_not_right_changes_nothing(
    operator: User, camera: Camera, other_camera: Camera, page_of: Page
) -> None:
    answer = page_of(operator).post(
        f"/cameras/{camera.public_id}/edit/",
        {"name": "", "serial_number": other_camera.serial_number, "site": str(camera.site_id)},
    )

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "serial_number"}
    camera.refresh_from_db()
    assert (camera.name, camera.serial_number) == ("Gate", "SN-1")


def test_deactivating_and_reactivating(operator: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(operator)

    off = browser.post(f"/cameras/{camera.public_id}/deactivate/", follow=True)
    assert b"It can no longer publish" in off.content
    assert f"/cameras/{camera.public_id}/reactivate/" in off.content.decode()

    browser.post(f"/cameras/{camera.public_id}/reactivate/")
    camera.refresh_from_db()
    assert camera.active


def test_retiring_asks_first(operator: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(operator)

    question = browser.get(f"/cameras/{camera.public_id}/retire/")
    camera.refresh_from_db()
    assert b"Retiring is for good" in question.content
    assert camera.retired_at is None

    answer = browser.post(f"/cameras/{camera.public_id}/retire/", follow=True)
    camera.refresh_from_db()
    assert camera.retired_at is not None
    assert b"This camera was retired on" in answer.content


@pytest.mark.parametrize("action", ["deactivate", "reactivate", "retire", "edit"])
def test_a_retired_camera_is_changed_no_more(operator: User, camera: Camera, page_of: Page, action: str) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)
    facts = {"name": "Other", "serial_number": "SN-1", "site": str(camera.site_id)}

    answer = page_of(operator).post(f"/cameras/{camera.public_id}/{action}/", facts)

    assert answer.status_code == 409
    assert b"This camera is retired." in answer.content


@pytest.mark.parametrize("action", ["deactivate", "reactivate", "retire", "edit"])
def test_a_viewer_changes_nothing(viewer: User, camera: Camera, page_of: Page, action: str) -> None:
    assert page_of(viewer).post(f"/cameras/{camera.public_id}/{action}/").status_code == 403


@pytest.mark.parametrize("action", ["deactivate", "reactivate"])
def test_a_visit_alone_changes_nothing(operator: User, camera: Camera, page_of: Page, action: str) -> None:
    assert page_of(operator).get(f"/cameras/{camera.public_id}/{action}/").status_code == 405


def test_history_tells_causes_in_the_sites_time(viewer: User, camera: Camera, page_of: Page) -> None:
    health.observe(camera, online=True, cause="video flows")
    camera.status_changes.update(at="2030-01-01T10:00:00Z")

    fragment = page_of(viewer).get(f"/cameras/{camera.public_id}/history/", headers={"HX-Request": "true"})

    assert b"Video flows" in fragment.content
    assert b"1 Jan 2030, 11:00:00 CET" in fragment.content
    assert b"<html" not in fragment.content


def test_history_comes_in_pages(viewer: User, camera: Camera, page_of: Page) -> None:
    for number in range(12):
        health.observe(camera, online=number % 2 == 0)

    first = page_of(viewer).get(f"/cameras/{camera.public_id}/history/")

    assert len(first.context["page"].object_list) == 10
    assert f"/cameras/{camera.public_id}/history/?page=2" in first.content.decode()
