"""Grants in the API."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts import roles
from accounts.audit import SYSTEM
from accounts.models import User
from cameras import places
from cameras.models import Camera, CameraGroup, Grant, Site

Api = Callable[[User], APIClient]
Problem = Callable[..., dict[str, Any]]
URL = "/api/v1/grants/"


def test_a_grant_shows_until_it_is_withdrawn(
    api_of: Api, admin: User, outsider: User, camera: Camera, site: Site
) -> None:
    client, theirs = api_of(admin), api_of(outsider)
    made = client.post(URL, {"user": outsider.pk, "site": site.pk, "sight": "live"})
    assert made.status_code == 201, made.content
    nobody = {"role": None, "user_group": None, "group": None}
    assert made.json() == {"id": made.json()["id"], "user": outsider.pk, "site": site.pk, "sight": "live", **nobody}
    assert theirs.get(f"/api/v1/cameras/{camera.public_id}/").status_code == 200

    url = f"{URL}{made.json()['id']}/"
    assert client.patch(url, {"sight": "recorded"}).json()["sight"] == "recorded"
    assert client.delete(url).status_code == 204
    assert theirs.get(f"/api/v1/cameras/{camera.public_id}/").status_code == 404


@pytest.mark.parametrize(
    "facts",
    [{}, {"user": 1}, {"role": "viewer"}, {"role": "boss", "site": 1}, {"user": 1, "role": "viewer", "site": 1}],
)
def test_a_grant_is_from_one_subject_to_one_place(
    api_of: Api, admin: User, site: Site, problem_of: Problem, facts: dict[str, Any]
) -> None:
    sent = facts | ({"user": admin.pk} if "user" in facts else {}) | ({"site": site.pk} if "site" in facts else {})
    problem_of(api_of(admin).post(URL, sent), 400, "invalid")
    assert not Grant.objects.exists()


def test_grants_of_a_person_are_those_that_reach_them(
    api_of: Api, admin: User, viewer: User, outsider: User, site: Site, group: CameraGroup
) -> None:
    to_role = places.grant_view(role=viewer.role, group=group, sight="live", actor=SYSTEM)
    own = Grant.objects.get(user=viewer)
    client = api_of(admin)

    def found(query: str) -> list[int]:
        answer = client.get(f"{URL}?{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    assert found(f"reaching={viewer.pk}&ordering=id") == sorted([own.pk, to_role.pk])
    assert found(f"reaching={outsider.pk}") == [to_role.pk]
    assert found(f"user={viewer.pk}") == found(f"site={site.pk}") == [own.pk]
    assert found("role=viewer") == found(f"group={group.pk}") == found("sight=live") == [to_role.pk]


def test_grants_on_places_that_the_caller_does_not_know_of_do_not_exist(
    api_of: Api,
    make_user: Callable[..., User],
    outsider: User,
    viewer: User,
    other_site: Site,
    site: Site,
    problem_of: Problem,
) -> None:
    scopes = ["cameras:read", "recordings:read", "members:read", "members:write"]
    roles.add_role(name="clerk", label="Clerk", scopes=scopes, actor=SYSTEM)
    clerk = make_user("clerk")
    own = places.grant_view(user=clerk, site=other_site, actor=SYSTEM)
    hidden = Grant.objects.get(user=viewer)
    client = api_of(clerk)

    assert [row["id"] for row in client.get(URL).json()["results"]] == [own.pk]
    for method in (client.get, client.delete):
        problem_of(method(f"{URL}{hidden.pk}/"), 404, "not-found")
    problem_of(client.get(f"{URL}?site={site.pk}"), 400, "invalid")
    problem_of(client.post(URL, {"user": outsider.pk, "site": site.pk}), 400, "invalid")
    assert client.post(URL, {"user": outsider.pk, "site": other_site.pk}).status_code == 201


def test_only_who_sees_people_sees_grants(api_of: Api, operator: User, problem_of: Problem) -> None:
    problem_of(api_of(operator).get(URL), 403, "forbidden")


@pytest.mark.parametrize("name", ["role", "user_group", "group"])
def test_an_empty_text_names_nothing(
    api_of: Api, admin: User, outsider: User, site: Site, problem_of: Problem, name: str
) -> None:
    grant = places.grant_view(user=outsider, site=site, sight="live", actor=SYSTEM)

    told = problem_of(api_of(admin).patch(f"{URL}{grant.pk}/", {name: "", "sight": "recorded"}), 400, "invalid")

    assert [one["pointer"] for one in told["errors"]] == [f"/{name}"]
    assert Grant.objects.get(pk=grant.pk).sight == "live"
