"""Groups of people in the API."""

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import places
from cameras.models import Camera, Site

Api = Callable[[User], APIClient]
Problem = Callable[..., dict[str, Any]]
URL = "/api/v1/user-groups/"


def test_who_is_put_into_a_group_sees_what_it_was_granted(
    api_of: Api, admin: User, outsider: User, camera: Camera, site: Site
) -> None:
    client, theirs = api_of(admin), api_of(outsider)
    group = client.post(URL, {"name": "Guards"}).json()
    client.post("/api/v1/grants/", {"user_group": group["id"], "site": site.pk})
    members = f"{URL}{group['id']}/members/"

    added = client.post(members, {"user": outsider.pk})
    assert (added.status_code, added.json()["email"]) == (201, outsider.email)
    assert [row["id"] for row in client.get(members).json()["results"]] == [outsider.pk]
    assert client.get(f"{URL}?member={outsider.pk}").json()["results"] == [{**group, "member_count": 1}]
    assert theirs.get(f"/api/v1/cameras/{camera.public_id}/").status_code == 200

    assert client.delete(f"{members}{outsider.pk}/").status_code == 204
    assert theirs.get(f"/api/v1/cameras/{camera.public_id}/").status_code == 404
    assert client.delete(f"{members}{outsider.pk}/").status_code == 404


def test_a_group_is_renamed_and_removed(api_of: Api, admin: User, problem_of: Problem) -> None:
    client = api_of(admin)
    url = f"{URL}{client.post(URL, {'name': 'Guards'}).json()['id']}/"
    assert client.patch(url, {"name": "Night guards"}).json() == {**client.get(url).json(), "name": "Night guards"}
    problem_of(client.post(URL, {"name": "Night guards"}), 400, "invalid")
    assert client.delete(url).status_code == 204
    problem_of(client.get(url + "members/"), 404, "not-found")


def test_only_who_sees_people_sees_groups(api_of: Api, viewer: User, problem_of: Problem) -> None:
    for url in (URL, URL + "1/", URL + "1/members/"):
        problem_of(api_of(viewer).get(url), 403, "forbidden")


def test_a_number_of_nobody_is_told(api_of: Api, admin: User, problem_of: Problem) -> None:
    group = api_of(admin).post(URL, {"name": "Guards"}).json()
    told = problem_of(api_of(admin).post(f"{URL}{group['id']}/members/", {"user": 987654}), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/user"


def test_a_clerk_puts_nobody_where_more_is_seen(
    api_of: Api, make_user: Callable[..., User], site: Site, problem_of: Problem
) -> None:
    from accounts import roles, user_groups

    scopes = ["cameras:read", "members:read", "members:write"]
    roles.add_role(name="clerk", label="Clerk", scopes=scopes, actor=SYSTEM)
    clerk = make_user("clerk")
    group = user_groups.add_user_group(name="Guards", actor=SYSTEM)
    places.grant_view(user_group=group, site=site, actor=SYSTEM)
    problem_of(api_of(clerk).post(f"{URL}{group.pk}/members/", {"user": clerk.pk}), 403, "more-than-you-hold")
