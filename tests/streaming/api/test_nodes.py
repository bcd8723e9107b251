"""GET /api/v1/nodes/ and /api/v1/nodes/{name}/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from streaming.models import MediaNode

URL = "/api/v1/nodes/"


def test_an_operator_sees_where_cameras_publish_to_but_not_the_control_address(
    api_of: Callable[..., APIClient], operator: User, node: MediaNode
) -> None:
    answer = api_of(operator).get(URL)
    [told] = answer.json()["results"]
    assert told.pop("registered_at").endswith("Z")
    assert told == {
        "name": "local",
        "region": "eu",
        "host": "node.vms.example",
        "rtmp_port": 1935,
        "rtmps_port": 1936,
        "state": "active",
        "seen_at": None,
    }
    assert node.control_url not in answer.content.decode()


def test_a_node_is_read_by_its_name(api_of: Callable[..., APIClient], operator: User, node: MediaNode) -> None:
    assert api_of(operator).get(f"{URL}local/").json()["host"] == "node.vms.example"


@pytest.mark.parametrize("name", ["other", "%00", "1"])
def test_an_unknown_node_is_not_found(
    api_of: Callable[..., APIClient],
    operator: User,
    node: MediaNode,
    problem_of: Callable[..., dict[str, Any]],
    name: str,
) -> None:
    problem_of(api_of(operator).get(f"{URL}{name}/"), 404, "not-found")


def test_a_viewer_and_an_outsider_may_not_look_at_nodes(
    api_of: Callable[..., APIClient],
    viewer: User,
    outsider: User,
    node: MediaNode,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    for person in (viewer, outsider):
        problem_of(api_of(person).get(URL), 403, "forbidden")
        problem_of(api_of(person).get(f"{URL}local/"), 403, "forbidden")


def test_a_stranger_is_asked_to_sign_in(node: MediaNode, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL), 401, "not-signed-in")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nodes_cannot_be_written(
    api_of: Callable[..., APIClient],
    admin: User,
    node: MediaNode,
    problem_of: Callable[..., dict[str, Any]],
    method: str,
) -> None:
    problem_of(getattr(api_of(admin), method)(f"{URL}local/", {"state": "draining"}), 405, "method-not-allowed")
