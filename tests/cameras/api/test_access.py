"""What a person sees and may do, and why, in the API."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import places
from cameras.models import Camera, CameraGroup, Grant, Site

Api = Callable[[User], APIClient]
Problem = Callable[..., dict[str, Any]]


def url_of(user: User, rest: str = "") -> str:
    return f"/api/v1/users/{user.pk}/access/{rest}"


def test_it_is_told_what_somebody_sees_and_may_do(
    api_of: Api, admin: User, viewer: User, camera: Camera, other_camera: Camera
) -> None:
    told = api_of(admin).get(url_of(viewer)).json()
    assert (told["role"], told["sees_every_camera"]) == ("viewer", False)
    assert (told["cameras_known"], told["cameras_seen"], told["cameras_played_back"]) == (2, 1, 1)
    assert {"scope": "live:watch", "words": "Watch live"} in told["scopes"]


def test_it_is_told_why_a_camera_is_seen_and_another_is_not(
    api_of: Api, admin: User, viewer: User, camera: Camera, other_camera: Camera
) -> None:
    client = api_of(admin)
    seen = client.get(url_of(viewer, f"cameras/{camera.public_id}/")).json()
    assert (seen["sees"], seen["watches_live"], seen["plays_back"]) == (True, True, True)
    (reason,) = seen["reasons"]
    assert (reason["cause"], reason["grant"]["id"]) == ("grant", Grant.objects.get().pk)

    hidden = client.get(url_of(viewer, f"cameras/{other_camera.public_id}/")).json()
    assert (hidden["sees"], [one["cause"] for one in hidden["reasons"]]) == (False, ["no_grant"])


def test_places_are_counted(
    api_of: Api, admin: User, viewer: User, site: Site, group: CameraGroup, make_camera: Callable[..., Camera]
) -> None:
    make_camera("SN-5", group=group)
    client = api_of(admin)
    row = {"id": site.pk, "name": "North gate", "seen": 1, "played_back": 1}
    assert client.get(url_of(viewer, "sites/")).json()["results"] == [row]
    row = {"id": group.pk, "name": "Perimeter", "seen": 1, "played_back": 1}
    assert client.get(url_of(viewer, "camera-groups/")).json()["results"] == [row]


def test_nobody_else_asks_and_of_nobody_nothing_is_told(
    api_of: Api, admin: User, operator: User, viewer: User, camera: Camera, problem_of: Problem
) -> None:
    for rest in ("", "sites/", "camera-groups/", f"cameras/{camera.public_id}/"):
        problem_of(api_of(operator).get(url_of(viewer, rest)), 403, "forbidden")
        problem_of(api_of(admin).get(f"/api/v1/users/987654/access/{rest}"), 404, "not-found")
    problem_of(api_of(admin).get(url_of(viewer, "cameras/aaaaaaaaaaaa/")), 404, "not-found")


def test_the_answer_costs_no_more_for_many_cameras(
    api_of: Api, admin: User, viewer: User, make_camera: Callable[..., Camera]
) -> None:
    client = api_of(admin)

    def queries() -> list[int]:
        counts = []
        for rest in ("", "sites/", "camera-groups/"):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url_of(viewer, rest)).status_code == 200
            counts.append(len(captured))
        return counts

    def enrol(number: int) -> None:
        make_camera(f"SN-{number}", group=places.add_group(name=f"G{number}", actor=SYSTEM))

    enrol(0)
    queries()
    few = queries()
    for number in range(1, 10):
        enrol(number)
    assert queries() == few
    assert max(few) <= 8
