"""Roles and scopes in the API."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, User
from accounts.scopes import Scope
from tests.elevating import elevated

Api = Callable[[User], APIClient]
Problem = Callable[..., dict[str, Any]]
URL = "/api/v1/roles/"
GUARD = {"name": "guard", "label": "Guard", "scopes": ["cameras:read", "live:watch"]}


def test_a_role_is_made_given_changed_and_removed(api_of: Api, admin: User, viewer: User, problem_of: Problem) -> None:
    client = elevated(api_of(admin), admin)
    made = client.post(URL, GUARD)
    assert made.status_code == 201, made.content
    assert made.json() == {**GUARD, "requires_second_factor": False, "builtin": False, "member_count": 0}

    client.patch(f"/api/v1/users/{viewer.pk}/", {"role": "guard"})
    edited = client.patch(URL + "guard/", {"scopes": ["cameras:read"], "requires_second_factor": True})
    assert (edited.json()["scopes"], edited.json()["member_count"]) == (["cameras:read"], 1)

    problem_of(client.delete(URL + "guard/"), 409, "role-is-in-use")
    client.patch(f"/api/v1/users/{viewer.pk}/", {"role": "viewer"})
    assert client.delete(URL + "guard/").status_code == 204
    problem_of(client.get(URL + "guard/"), 404, "not-found")


def test_a_built_in_role_stays_what_it_is(api_of: Api, admin: User, problem_of: Problem) -> None:
    client = api_of(admin)
    problem_of(client.patch(URL + "admin/", {"scopes": []}), 409, "role-is-builtin")
    problem_of(client.delete(URL + "viewer/"), 409, "role-is-builtin")
    assert client.patch(URL + "viewer/", {"requires_second_factor": True}).json()["requires_second_factor"]


@pytest.mark.parametrize("facts", [{"scopes": ["everything"]}, {"scopes": "x"}, {"name": "admin"}, {"name": "a b"}])
def test_a_role_that_makes_no_sense_is_refused(
    api_of: Api, admin: User, problem_of: Problem, facts: dict[str, Any]
) -> None:
    problem_of(api_of(admin).post(URL, GUARD | facts), 400, "invalid")
    assert not Role.objects.filter(label="Guard").exists()


def test_roles_are_found_by_what_they_hold(api_of: Api, admin: User) -> None:
    rows = api_of(admin).get(URL + "?scope=cameras:all&ordering=name").json()["results"]
    assert [row["name"] for row in rows] == ["admin", "operator"]


def test_only_who_sees_people_sees_roles(api_of: Api, operator: User, problem_of: Problem) -> None:
    problem_of(api_of(operator).get(URL), 403, "forbidden")
    problem_of(api_of(operator).get(URL + "nosuchrole/"), 403, "forbidden")


def test_everybody_reads_what_the_scopes_mean(api_of: Api, outsider: User) -> None:
    rows = api_of(outsider).get("/api/v1/scopes/?page_size=200").json()["results"]
    assert {row["scope"] for row in rows} == {scope.value for scope in Scope}
    assert all(row["words"] and row["area"] for row in rows)
