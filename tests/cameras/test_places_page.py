"""Sites and camera groups in the portal."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import places
from cameras.models import Camera, CameraGroup, Site

Page = Callable[[User], Client]


def test_sites_and_groups_are_listed_with_their_cameras(
    operator: User, camera: Camera, group: CameraGroup, page_of: Page
) -> None:
    answer = page_of(operator).get("/sites/")

    assert [(site.name, site.camera_count) for site in answer.context["sites"]] == [("North gate", 1)]
    assert [(one.name, one.camera_count) for one in answer.context["groups"]] == [("Perimeter", 0)]


def test_a_site_is_added_and_edited(operator: User, page_of: Page) -> None:
    browser = page_of(operator)

    added = browser.post("/sites/add/", {"name": "Depot", "time_zone": "Europe/Madrid", "region": "eu"})
    site = Site.objects.get()
    assert added["Location"] == "/sites/"

    browser.post(f"/sites/{site.pk}/edit/", {"name": "Depot 2", "time_zone": "Europe/Lisbon"})
    site.refresh_from_db()
    assert (site.name, site.time_zone, site.region) == ("Depot 2", "Europe/Lisbon", "")


def test_a_time_zone_that_does_not_exist_is_refused_in_words(operator: User, page_of: Page) -> None:
    answer = page_of(operator).post("/sites/add/", {"name": "Depot", "time_zone": "Mars/Base"})

    assert answer.status_code == 422
    assert b"Write one like Europe/Berlin" in answer.content
    assert not Site.objects.exists()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_adding_a_site_never_leads_to_another_server(operator: User, page_of: Page, elsewhere: str) -> None:
    answer = page_of(operator).post(f"/sites/add/?next={elsewhere}", {"name": "Depot", "time_zone": "UTC"})

    assert answer["Location"] == "/sites/"


def test_a_group_is_added_moved_and_renamed(operator: User, group: CameraGroup, page_of: Page) -> None:
    browser = page_of(operator)
    browser.post("/camera-groups/add/", {"name": "Doors", "parent": str(group.pk)})
    doors = CameraGroup.objects.get(name="Doors")
    assert doors.parent == group

    browser.post(f"/camera-groups/{doors.pk}/edit/", {"name": "Gates", "parent": ""})
    doors.refresh_from_db()
    assert (doors.name, doors.parent) == ("Gates", None)


def test_a_group_is_not_moved_into_itself(operator: User, group: CameraGroup, page_of: Page) -> None:
    inside = places.add_group(name="Doors", parent=group, actor=SYSTEM)

    answer = page_of(operator).post(f"/camera-groups/{group.pk}/edit/", {"name": "Perimeter", "parent": str(inside.pk)})

    assert answer.status_code == 422
    assert "parent" in answer.context["form"].errors


@pytest.mark.parametrize("path", ["/sites/", "/sites/add/", "/camera-groups/add/"])
def test_a_viewer_has_no_business_here(viewer: User, page_of: Page, path: str) -> None:
    assert page_of(viewer).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/sites/999/edit/", "/camera-groups/999/edit/"])
def test_what_does_not_exist_is_not_found(operator: User, page_of: Page, path: str) -> None:
    assert page_of(operator).get(path).status_code == 404


def test_empty_places_are_removed(operator: User, site: Site, group: CameraGroup, page_of: Page) -> None:
    browser = page_of(operator)
    assert "Remove this site" in browser.get(f"/sites/{site.pk}/edit/").content.decode()
    assert "North gate is removed." in browser.post(f"/sites/{site.pk}/remove/", follow=True).content.decode()
    assert "Perimeter is removed." in browser.post(f"/camera-groups/{group.pk}/remove/", follow=True).content.decode()
    assert not Site.objects.exists()
    assert not CameraGroup.objects.exists()


def test_places_that_something_hangs_in_stay_and_say_why(
    operator: User, site: Site, camera: Camera, group: CameraGroup, page_of: Page
) -> None:
    places.add_group(name="Doors", parent=group, actor=SYSTEM)
    browser = page_of(operator)
    assert "1 camera is at this site" in browser.post(f"/sites/{site.pk}/remove/", follow=True).content.decode()
    assert "1 group is inside" in browser.post(f"/camera-groups/{group.pk}/remove/", follow=True).content.decode()
    assert Site.objects.exists()


def test_a_viewer_removes_nothing(viewer: User, site: Site, group: CameraGroup, page_of: Page) -> None:
    for path in (f"/sites/{site.pk}/remove/", f"/camera-groups/{group.pk}/remove/"):
        assert page_of(viewer).post(path).status_code == 403
