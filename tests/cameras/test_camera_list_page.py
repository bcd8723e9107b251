"""The camera list: who sees what, filters, pages, what it costs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment, health, places
from cameras.models import Camera, CameraGroup, Site
from recordings import policies
from recordings.choices import RecordingMode

Page = Callable[[User], Client]
MakeCamera = Callable[..., Camera]


def names(browser: Client, query: str = "", **kwargs: Any) -> list[str]:
    answer = browser.get(f"/cameras/{query}", **kwargs)
    assert answer.status_code == 200
    return [camera.name for camera in answer.context["page"].object_list]


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    assert Client().get("/cameras/")["Location"] == "/sign-in/?next=/cameras/"


def test_an_operator_sees_every_camera(operator: User, camera: Camera, other_camera: Camera, page_of: Page) -> None:
    assert names(page_of(operator)) == ["Gate", "Pier"]


def test_a_viewer_sees_cameras_and_sites_of_their_grants_only(
    viewer: User, camera: Camera, other_camera: Camera, page_of: Page
) -> None:
    answer = page_of(viewer).get("/cameras/")

    assert b"Gate" in answer.content
    assert b"Pier" not in answer.content
    assert b"Harbour" not in answer.content
    assert answer.context["counts"] == {"all": 1, "online": 0, "offline": 1}


def test_an_outsider_learns_of_nothing_and_is_told_whom_to_ask(outsider: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(outsider).get("/cameras/")

    assert b"Gate" not in answer.content
    assert b"Ask an administrator" in answer.content


def test_a_viewer_is_not_offered_to_enrol(viewer: User, operator: User, camera: Camera, page_of: Page) -> None:
    assert b"/cameras/enrol/" not in page_of(viewer).get("/cameras/").content
    assert b"/cameras/enrol/" in page_of(operator).get("/cameras/").content


def test_without_cameras_an_operator_is_led_to_the_first_one(operator: User, page_of: Page) -> None:
    assert b"Enrol the first camera" in page_of(operator).get("/cameras/").content


def test_words_are_searched_in_name_serial_number_and_place(
    operator: User, camera: Camera, other_camera: Camera, page_of: Page
) -> None:
    browser = page_of(operator)

    assert names(browser, "?q=pier") == ["Pier"]
    assert names(browser, "?q=sn-1") == ["Gate"]
    assert names(browser, "?q=above+gate") == ["Gate"]


def test_filters_narrow_by_site_group_and_badge(
    operator: User, camera: Camera, other_camera: Camera, group: CameraGroup, make_camera: MakeCamera, page_of: Page
) -> None:
    browser = page_of(operator)
    inside = places.add_group(name="Doors", parent=group, actor=SYSTEM)
    make_camera("SN-2", name="Door", group=inside)
    health.observe(camera, online=True)
    enrolment.deactivate_camera(other_camera, actor=SYSTEM)

    assert names(browser, f"?site={camera.site_id}") == ["Door", "Gate"]
    assert names(browser, f"?group={group.pk}") == ["Door"]
    assert names(browser, "?badge=online") == ["Gate"]
    assert names(browser, "?badge=offline") == ["Door"]
    assert names(browser, "?badge=inactive") == ["Pier"]
    assert names(browser, f"?q=gate&site={camera.site_id}&badge=online") == ["Gate"]


def test_retired_cameras_are_listed_only_when_asked_for(operator: User, camera: Camera, page_of: Page) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)

    assert names(page_of(operator)) == []
    assert names(page_of(operator), "?badge=retired") == ["Gate"]


@pytest.mark.parametrize("query", ["?q=zzz", "?site=999", "?site=x", "?badge=sideways", "?q=%00"])
def test_filters_that_fit_nothing_offer_to_be_cleared(
    operator: User, camera: Camera, page_of: Page, query: str
) -> None:
    answer = page_of(operator).get(f"/cameras/{query}")

    assert answer.status_code == 200
    assert b"Clear the filters" in answer.content


def test_a_viewer_cannot_filter_by_a_site_they_may_not_see(viewer: User, other_site: Site, page_of: Page) -> None:
    assert names(page_of(viewer), f"?site={other_site.pk}") == []


def test_pages_hold_25_cameras_and_keep_the_filters(operator: User, make_camera: MakeCamera, page_of: Page) -> None:
    for number in range(27):
        make_camera(f"SN-{number:03}", name=f"Hall {number:03}")
    browser = page_of(operator)

    first = browser.get("/cameras/?q=hall")

    assert len(first.context["page"].object_list) == 25
    assert b'href="/cameras/?q=hall&amp;page=2"' in first.content
    assert names(browser, "?q=hall&page=2") == ["Hall 025", "Hall 026"]
    assert names(browser, "?q=hall&page=99") == ["Hall 025", "Hall 026"]


def test_htmx_gets_the_rows_without_the_frame(operator: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(operator).get("/cameras/?q=gate", headers={"HX-Request": "true"})

    assert b"Gate" in answer.content
    assert b"<html" not in answer.content
    assert "HX-Request" in answer["Vary"]


def test_a_row_says_how_the_camera_is_recorded_and_when_it_changed_in_the_sites_time(
    operator: User, camera: Camera, page_of: Page
) -> None:
    policies.set_mode(camera, RecordingMode.OFF, actor=SYSTEM)
    Camera.objects.filter(pk=camera.pk).update(status_since="2030-07-01T10:00:00Z")

    page = page_of(operator).get("/cameras/").content.decode()

    assert ">Off</td>" in page
    assert '<time datetime="2030-07-01T12:00:00+02:00">1 Jul 2030, 12:00:00 CEST</time>' in page


def test_the_list_costs_the_same_whatever_it_lists(
    operator: User,
    make_camera: MakeCamera,
    page_of: Page,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    browser = page_of(operator)
    make_camera("SN-0")
    browser.get("/cameras/")
    with django_assert_max_num_queries(10) as few:
        browser.get("/cameras/")
    for number in range(1, 25):
        make_camera(f"SN-{number}")

    with django_assert_num_queries(len(few.captured_queries)):
        browser.get("/cameras/")
