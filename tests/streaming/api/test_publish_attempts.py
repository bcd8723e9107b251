"""GET /api/v1/publish-attempts/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from cameras.models import Camera
from streaming import admission
from streaming.admission import Knock, PublisherRefused
from streaming.models import MediaNode

URL = "/api/v1/publish-attempts/"


@pytest.fixture
def knock(node: MediaNode) -> Callable[[str], None]:
    """Try to publish with a wrong key."""

    def try_to_publish(name: str) -> None:
        knock = Knock(node.name, 1, 7, name, "wrong", "192.0.2.7", "FMLE/3.0")
        with pytest.raises(PublisherRefused):
            admission.admit(knock)

    return try_to_publish


def test_a_viewer_reads_why_a_camera_was_refused_and_what_to_do(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, knock: Callable[[str], None]
) -> None:
    knock(camera.public_id)
    knock(camera.public_id)
    [told] = api_of(viewer).get(URL, {"camera": camera.public_id}).json()["results"]
    assert told.pop("first_at").endswith("Z")
    assert told.pop("last_at").endswith("Z")
    assert isinstance(told.pop("id"), int)
    assert told == {
        "camera": camera.public_id,
        "node": "local",
        "presented_name": camera.public_id,
        "address": None,
        "encoder": "",
        "cause": "wrong_key",
        "cause_label": "The stream key is wrong",
        "advice": "Copy the whole key, or rotate it and enter the new one.",
        "count": 2,
    }


def test_from_where_is_told_to_those_who_connect_cameras(
    api_of: Callable[..., APIClient], operator: User, viewer: User, camera: Camera, knock: Callable[[str], None]
) -> None:
    knock(camera.public_id)
    [told] = api_of(operator).get(URL, {"address": "192.0.2.7"}).json()["results"]
    assert (told["address"], told["encoder"]) == ("192.0.2.7", "FMLE/3.0")
    assert api_of(viewer).get(URL, {"address": "192.0.2.7"}).json()["results"] == [], "nor do others find it by trying"


def test_a_name_that_no_camera_has_is_seen_by_those_who_look_after_nodes(
    api_of: Callable[..., APIClient], operator: User, viewer: User, knock: Callable[[str], None]
) -> None:
    knock("nobody")
    [told] = api_of(operator).get(URL).json()["results"]
    assert (told["camera"], told["cause"]) == (None, "unknown_camera")
    assert api_of(viewer).get(URL).json()["results"] == []


def test_a_cause_narrows_the_list(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, knock: Callable[[str], None]
) -> None:
    knock("nobody")
    knock(camera.public_id)
    told = api_of(operator).get(URL, {"cause": "wrong_key"}).json()["results"]
    assert [attempt["camera"] for attempt in told] == [camera.public_id]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"known": "true"}, ["{camera}"]),
        ({"known": "false"}, ["nobody"]),
        ({"address": "192.0.2.7", "ordering": "last_at"}, ["nobody", "{camera}"]),
        ({"address": "192.0.2.8"}, []),
        ({"node": "other"}, []),
    ],
)
def test_node_address_and_name_narrow_the_list(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    knock: Callable[[str], None],
    query: dict[str, str],
    names: list[str],
) -> None:
    knock("nobody")
    knock(camera.public_id)
    told = api_of(operator).get(URL, query).json()["results"]
    assert [one["presented_name"] for one in told] == [name.replace("{camera}", camera.public_id) for name in names]


def test_an_address_that_is_none_is_told(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(operator).get(URL, {"address": "192.0.2"}), 400, "invalid")


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    knock: Callable[[str], None],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    knock(camera.public_id)
    client = api_of(outsider)
    assert client.get(URL).json()["results"] == []
    hidden = problem_of(client.get(URL, {"camera": camera.public_id}), 404, "not-found")
    assert hidden == problem_of(client.get(URL, {"camera": "aaaaaaaaaaaa"}), 404, "not-found")


def test_a_value_that_makes_no_sense_is_told_by_its_parameter(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(viewer).get(URL, {"cause": "mood", "before": "noon"}), 400, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {"/cause", "/before"}


def test_a_stranger_is_asked_to_sign_in(problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL), 401, "not-signed-in")


def test_attempts_cannot_be_written(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).delete(URL), 405, "method-not-allowed")
