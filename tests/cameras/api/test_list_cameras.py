"""GET /api/v1/cameras/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment, health, places
from cameras.models import Camera, CameraGroup, Site

URL = "/api/v1/cameras/"


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [camera["name"] for camera in answer.json()["results"]]


def test_a_viewer_sees_the_cameras_of_the_granted_site_only(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, other_camera: Camera
) -> None:
    answer = api_of(viewer).get(URL)
    assert names(answer) == ["Gate"]
    assert answer.json()["count"] == 1


def test_an_operator_sees_every_camera_by_name(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, other_camera: Camera
) -> None:
    assert names(api_of(operator).get(URL)) == ["Gate", "Pier"]


def test_an_outsider_sees_an_empty_list(api_of: Callable[..., APIClient], outsider: User, camera: Camera) -> None:
    answer = api_of(outsider).get(URL)
    assert answer.json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_stranger_is_asked_to_sign_in(problem_of: Callable[..., dict[str, Any]], camera: Camera) -> None:
    answer = APIClient().get(URL)
    problem_of(answer, 401, "not-signed-in")
    assert answer["WWW-Authenticate"] == 'Bearer realm="vms"'


def test_every_word_of_a_search_must_be_found(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, make_camera: Callable[..., Camera]
) -> None:
    make_camera("SN-2", name="Gate of the harbour")
    assert names(api_of(operator).get(URL, {"q": "gate acme"})) == ["Gate"]
    assert names(api_of(operator).get(URL, {"q": "nowhere"})) == []


def test_a_group_means_the_groups_inside_it_too(
    api_of: Callable[..., APIClient],
    operator: User,
    group: CameraGroup,
    make_camera: Callable[..., Camera],
    camera: Camera,
) -> None:
    inner = places.add_group(name="Fence", parent=group, actor=SYSTEM)
    make_camera("SN-2", name="Corner", group=inner)
    assert names(api_of(operator).get(URL, {"group": group.pk})) == ["Corner"]


def test_a_site_narrows_the_list(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, other_camera: Camera, other_site: Site
) -> None:
    assert names(api_of(operator).get(URL, {"site": other_site.pk})) == ["Pier"]


def test_badge_and_status_narrow_the_list(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    other_camera: Camera,
    make_camera: Callable[..., Camera],
) -> None:
    health.observe(camera, online=True)
    enrolment.deactivate_camera(other_camera, actor=SYSTEM)
    enrolment.retire_camera(make_camera("SN-3", name="Old"), actor=SYSTEM)
    client = api_of(operator)
    assert names(client.get(URL, {"badge": "online"})) == ["Gate"]
    assert names(client.get(URL, {"badge": "inactive"})) == ["Pier"]
    assert names(client.get(URL, {"badge": "retired"})) == ["Old"]
    assert names(client.get(URL, {"status": "offline"})) == ["Old", "Pier"]


def test_the_order_can_be_chosen(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, other_camera: Camera
) -> None:
    assert names(api_of(operator).get(URL, {"ordering": "-serial_number"})) == ["Pier", "Gate"]


def test_cameras_that_are_equal_in_the_chosen_order_appear_once_over_all_pages(
    api_of: Callable[..., APIClient], operator: User, make_camera: Callable[..., Camera]
) -> None:
    for number in range(5):
        make_camera(f"SN-{number}", name="Same")
    client = api_of(operator)
    pages = [client.get(URL, {"ordering": "name", "page_size": 2, "page": page}).json() for page in (1, 2, 3)]
    seen = [camera["public_id"] for page in pages for camera in page["results"]]
    assert len(seen) == len(set(seen)) == 5


def test_pages_link_to_each_other(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, other_camera: Camera
) -> None:
    client = api_of(operator)
    first = client.get(URL, {"page_size": 1}).json()
    second = client.get(first["next"]).json()
    assert [first["results"][0]["name"], second["results"][0]["name"]] == ["Gate", "Pier"]
    assert second["next"] is None
    assert client.get(second["previous"]).json() == first


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"badge": "sleepy"}, "/badge"),
        ({"status": "inactive"}, "/status"),
        ({"ordering": "digest"}, "/ordering"),
        ({"site": "999999"}, "/site"),
        ({"site": "north"}, "/site"),
        ({"site": "9" * 30}, "/site"),
        ({"group": "999999"}, "/group"),
        ({"q": "x" * 201}, "/q"),
        ({"q": "\x00"}, "/q"),
        ({"page": "0"}, "/page"),
        ({"page": "two"}, "/page"),
        ({"page": "7"}, "/page"),
        ({"page_size": "0"}, "/page_size"),
        ({"page_size": "201"}, "/page_size"),
        ({"page_size": "many"}, "/page_size"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_by_its_parameter(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    query: dict[str, str],
    pointer: str,
) -> None:
    told = problem_of(api_of(operator).get(URL, query), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_a_site_without_grant_looks_like_no_site(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    other_site: Site,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    client = api_of(viewer)
    hidden = problem_of(client.get(URL, {"site": other_site.pk}), 400, "invalid")
    unknown = problem_of(client.get(URL, {"site": 999999}), 400, "invalid")
    assert hidden == unknown


def test_the_list_itself_cannot_be_deleted(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    answer = api_of(admin).delete(URL)
    problem_of(answer, 405, "method-not-allowed")
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"
