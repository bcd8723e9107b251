"""/api/v1/camera-groups/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras import places
from cameras.models import Camera, CameraGroup

URL = "/api/v1/camera-groups/"


@pytest.fixture
def fence(group: CameraGroup) -> CameraGroup:
    """A group inside the other."""
    return places.add_group(name="Fence", parent=group, actor=SYSTEM)


def test_a_grant_on_a_group_shows_the_groups_inside_it(
    api_of: Callable[..., APIClient], outsider: User, group: CameraGroup, fence: CameraGroup
) -> None:
    places.grant_view(user=outsider, group=group, actor=SYSTEM)
    told = api_of(outsider).get(URL).json()
    assert told["results"] == [
        {"id": fence.pk, "name": "Fence", "parent": group.pk},
        {"id": group.pk, "name": "Perimeter", "parent": None},
    ]


def test_an_outsider_sees_none_and_cannot_tell_one_from_none(
    api_of: Callable[..., APIClient], outsider: User, group: CameraGroup, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(outsider)
    assert client.get(URL).json()["count"] == 0
    assert problem_of(client.get(f"{URL}{group.pk}/"), 404, "not-found") == problem_of(
        client.get(f"{URL}999999/"), 404, "not-found"
    )


def test_a_group_can_be_read(api_of: Callable[..., APIClient], operator: User, fence: CameraGroup) -> None:
    assert api_of(operator).get(f"{URL}{fence.pk}/").json()["name"] == "Fence"


def test_an_operator_adds_a_group_inside_another(
    api_of: Callable[..., APIClient], operator: User, group: CameraGroup
) -> None:
    answer = api_of(operator).post(URL, {"name": "Roof", "parent": group.pk})
    assert answer.status_code == 201, answer.content
    assert group.descendants.filter(pk=answer.json()["id"]).exists()


def test_an_operator_adds_a_group_at_the_root(api_of: Callable[..., APIClient], operator: User) -> None:
    assert api_of(operator).post(URL, {"name": "Roof"}).json()["parent"] is None


def test_a_group_is_renamed_and_stays_where_it_is(
    api_of: Callable[..., APIClient], operator: User, group: CameraGroup, fence: CameraGroup
) -> None:
    answer = api_of(operator).patch(f"{URL}{fence.pk}/", {"name": "Wall"})
    assert answer.json() == {"id": fence.pk, "name": "Wall", "parent": group.pk}


def test_a_group_moves_to_the_root_by_null(
    api_of: Callable[..., APIClient], operator: User, group: CameraGroup, fence: CameraGroup
) -> None:
    assert api_of(operator).patch(f"{URL}{fence.pk}/", {"parent": None}).json()["parent"] is None
    assert not group.descendants.filter(pk=fence.pk).exists()


def test_a_group_cannot_be_moved_into_itself(
    api_of: Callable[..., APIClient],
    operator: User,
    group: CameraGroup,
    fence: CameraGroup,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    told = problem_of(api_of(operator).patch(f"{URL}{group.pk}/", {"parent": fence.pk}), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/parent"]


@pytest.mark.parametrize(
    ("facts", "pointer"), [({}, "/name"), ({"name": " "}, "/name"), ({"name": "Roof", "parent": 999999}, "/parent")]
)
def test_what_is_wrong_is_told_by_field(
    api_of: Callable[..., APIClient],
    operator: User,
    problem_of: Callable[..., dict[str, Any]],
    facts: dict[str, Any],
    pointer: str,
) -> None:
    told = problem_of(api_of(operator).post(URL, facts), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_siblings_have_different_names(
    api_of: Callable[..., APIClient],
    operator: User,
    group: CameraGroup,
    fence: CameraGroup,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    problem_of(api_of(operator).post(URL, {"name": "Fence", "parent": group.pk}), 400, "invalid")
    problem_of(api_of(operator).post(URL, {"name": "Perimeter"}), 400, "invalid")
    assert api_of(operator).post(URL, {"name": "Fence"}).status_code == 201


def test_a_viewer_may_not_write(
    api_of: Callable[..., APIClient], viewer: User, group: CameraGroup, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(viewer).post(URL, {"name": "Mine"}), 403, "forbidden")
    problem_of(api_of(viewer).patch(f"{URL}{group.pk}/", {"name": "Mine"}), 403, "forbidden")


def test_a_stranger_is_asked_to_sign_in(group: CameraGroup, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL), 401, "not-signed-in")


def test_an_empty_group_is_removed_under_the_audits_eyes(
    api_of: Callable[..., APIClient], operator: User, fence: CameraGroup
) -> None:
    answer = api_of(operator).delete(f"{URL}{fence.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert AuditEntry.objects.get(verb=AuditVerb.GROUP_REMOVED).target_label == "Fence"


def test_a_group_that_something_is_in_stays(
    api_of: Callable[..., APIClient],
    operator: User,
    group: CameraGroup,
    fence: CameraGroup,
    make_camera: Callable[..., Camera],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    make_camera("SN-1", group=fence)
    told = problem_of(api_of(operator).delete(f"{URL}{group.pk}/"), 409, "place-is-in-use")
    assert told["detail"].startswith("1 group is inside this one.")
    told = problem_of(api_of(operator).delete(f"{URL}{fence.pk}/"), 409, "place-is-in-use")
    assert told["detail"].startswith("1 camera is in this group")
    assert CameraGroup.objects.count() == 2


def test_a_viewer_removes_no_group(
    api_of: Callable[..., APIClient], viewer: User, group: CameraGroup, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(viewer).delete(f"{URL}{group.pk}/"), 403, "forbidden")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=per", ["Perimeter"]),
        ("parent={group}", ["Fence"]),
        ("inside={group}", ["Fence", "Perimeter"]),
        ("at_root=true", ["Perimeter"]),
        ("at_root=false", ["Fence"]),
        ("ordering=-name", ["Perimeter", "Fence"]),
    ],
)
def test_groups_are_narrowed_and_ordered(
    api_of: Callable[..., APIClient],
    operator: User,
    group: CameraGroup,
    fence: CameraGroup,
    query: str,
    names: list[str],
) -> None:
    told = api_of(operator).get(f"{URL}?{query.replace('{group}', str(group.pk))}").json()
    assert [one["name"] for one in told["results"]] == names


def test_a_switch_is_true_or_false(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(operator).get(f"{URL}?at_root=maybe"), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/at_root"
