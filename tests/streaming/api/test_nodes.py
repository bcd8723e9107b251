"""GET /api/v1/nodes/ and /api/v1/nodes/{name}/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
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


def test_an_administrator_drains_a_node_under_the_audits_eyes(
    api_of: Callable[..., APIClient], admin: User, node: MediaNode
) -> None:
    answer = api_of(admin).patch(f"{URL}local/", {"state": "draining"})
    assert (answer.status_code, answer.json()["state"]) == (200, "draining")
    entry = AuditEntry.objects.get(verb=AuditVerb.NODE_EDITED)
    assert (entry.actor, entry.data) == (admin, {"before": "active", "after": "draining"})
    assert api_of(admin).patch(f"{URL}local/", {"state": "active"}).json()["state"] == "active"


def test_nobody_says_that_a_node_is_lost(
    api_of: Callable[..., APIClient], admin: User, node: MediaNode, problem_of: Callable[..., dict[str, Any]]
) -> None:
    for state in ("lost", "", None, 7):
        told = problem_of(api_of(admin).patch(f"{URL}local/", {"state": state}), 400, "invalid")
        assert told["errors"][0]["pointer"] == "/state"


def test_an_operator_changes_no_node(
    api_of: Callable[..., APIClient], operator: User, node: MediaNode, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(operator).patch(f"{URL}local/", {"state": "draining"}), 403, "forbidden")


@pytest.mark.parametrize(
    ("query", "count"),
    [("region=eu", 1), ("region=us", 0), ("state=active", 1), ("state=lost", 0), ("ordering=-name", 1)],
)
def test_nodes_are_narrowed(
    api_of: Callable[..., APIClient], operator: User, node: MediaNode, query: str, count: int
) -> None:
    assert api_of(operator).get(f"{URL}?{query}").json()["count"] == count


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nodes_are_neither_made_nor_removed(
    api_of: Callable[..., APIClient],
    admin: User,
    node: MediaNode,
    problem_of: Callable[..., dict[str, Any]],
    method: str,
) -> None:
    problem_of(getattr(api_of(admin), method)(f"{URL}local/", {"state": "draining"}), 405, "method-not-allowed")
