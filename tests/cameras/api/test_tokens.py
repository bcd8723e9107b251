"""API tokens in the API: issued and shown once, restricted, rotated, revoked; and nobody gets more by them than they hold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import elevation, membership
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import ApiToken, AuditEntry, Role, User
from accounts.scopes import Scope
from cameras.models import Camera, CameraGroup, Site
from tests.accounts.api.test_bearer import access_of, program, token_of

TOKENS, CAMERAS = "/api/v1/tokens/", "/api/v1/cameras/"
WALL = {"name": "Wall", "scopes": ["cameras:read"]}
Problem = Callable[..., dict[str, Any]]


@pytest.fixture
def robot(db: None) -> User:
    """A service account."""
    return membership.add_member(
        email="robot@vms.example",
        name="Robot",
        role=Role.objects.get(name="api_only"),
        password=None,
        actor=SYSTEM,
        is_service=True,
    )


def elevated(user: User) -> APIClient:
    """The API in a browser in which somebody has said what for."""
    client = APIClient()
    client.force_login(user)
    session = client.session
    elevation.begin(session, actor=user, reason="a new wall")
    session.save()
    return client


def signed_in(user: User) -> APIClient:
    """The API as a program sees it that signed in for somebody."""
    return program(access_of(user))


def test_a_token_is_issued_and_its_text_is_shown_once(viewer: User, camera: Camera) -> None:
    answer = signed_in(viewer).post(TOKENS, WALL)

    assert answer.status_code == 201, answer.content
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert told["token"].startswith(f"vms_{told['key']}.")
    assert (told["owner"], told["state"], told["reach"], told["networks"]) == (viewer.pk, "valid", None, [])
    assert program(told["token"]).get(CAMERAS).status_code == 200
    again = signed_in(viewer).get(f"{TOKENS}{told['id']}/").json()
    assert "token" not in again
    assert told["token"] not in str(again)


def test_in_a_browser_it_needs_an_elevation(
    viewer: User, api_of: Callable[[User], APIClient], problem_of: Problem
) -> None:
    problem_of(api_of(viewer).post(TOKENS, WALL), 403, "elevation-required")
    token = elevated(viewer).post(TOKENS, WALL).json()
    problem_of(api_of(viewer).post(f"{TOKENS}{token['id']}/rotate/"), 403, "elevation-required")
    assert elevated(viewer).post(f"{TOKENS}{token['id']}/rotate/").status_code == 200


def test_a_token_issues_none(admin: User, problem_of: Problem) -> None:
    client = program(token_of(admin, scopes=list(Scope)))

    problem_of(client.post(TOKENS, WALL), 403, "not-through-a-token")
    own = ApiToken.objects.get()
    problem_of(client.patch(f"{TOKENS}{own.pk}/", {"expires_at": None}), 403, "not-through-a-token")
    problem_of(client.post(f"{TOKENS}{own.pk}/rotate/"), 403, "not-through-a-token")
    assert client.delete(f"{TOKENS}{own.pk}/").status_code == 204


def test_a_restricted_token_reaches_what_is_named(
    operator: User, camera: Camera, other_camera: Camera, site: Site, group: CameraGroup
) -> None:
    reach = {"sites": [site.pk], "cameras": [other_camera.public_id]}
    told = signed_in(operator).post(TOKENS, {**WALL, "reach": reach}).json()

    assert told["reach"] == {"sites": [site.pk], "groups": [], "cameras": [other_camera.public_id]}
    entry = AuditEntry.objects.get(verb=AuditVerb.API_TOKEN_ISSUED)
    assert entry.data["reach"] == [f"site {site}", f"camera {other_camera}"]
    assert len(program(told["token"]).get(CAMERAS).json()["results"]) == 2

    edit = signed_in(operator).patch(f"{TOKENS}{told['id']}/", {"reach": {"groups": [group.pk]}})
    assert edit.json()["reach"] == {"sites": [], "groups": [group.pk], "cameras": []}
    assert program(told["token"]).get(CAMERAS).json()["results"] == []

    edit = signed_in(operator).patch(f"{TOKENS}{told['id']}/", {"reach": None})
    assert edit.json()["reach"] is None
    assert AuditEntry.objects.filter(verb=AuditVerb.API_TOKEN_EDITED).count() == 2


def test_what_the_caller_does_not_see_cannot_be_named(
    viewer: User, other_camera: Camera, other_site: Site, problem_of: Problem
) -> None:
    for hidden in (other_camera.public_id, "unknown"):
        named = {**WALL, "reach": {"cameras": [hidden]}}
        told = problem_of(signed_in(viewer).post(TOKENS, named), 400, "invalid")
        assert told["errors"][0]["pointer"] == "/reach/cameras"
    told = problem_of(signed_in(viewer).post(TOKENS, {**WALL, "reach": {"sites": [other_site.pk]}}), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/reach/sites"
    told = problem_of(signed_in(viewer).post(TOKENS, {**WALL, "reach": {}}), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/reach"
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"scopes": ["cameras:write"]}, "/scopes"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["no:such"]}, "/scopes/0"),
        ({"networks": ["everywhere"]}, "/networks"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
        ({"requests_per_minute": 0}, "/requests_per_minute"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_cannot_work_is_told(viewer: User, problem_of: Problem, facts: dict[str, Any], pointer: str) -> None:
    told = problem_of(signed_in(viewer).post(TOKENS, {**WALL, **facts}), 400, "invalid")

    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_a_token_is_changed(viewer: User) -> None:
    token = signed_in(viewer).post(TOKENS, WALL).json()
    in_a_day = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    facts = {"name": "Hall", "networks": ["203.0.113.7/24"], "requests_per_minute": 60, "expires_at": in_a_day}

    told = signed_in(viewer).patch(f"{TOKENS}{token['id']}/", facts, format="json").json()

    assert (told["name"], told["networks"], told["requests_per_minute"]) == ("Hall", ["203.0.113.0/24"], 60)
    assert told["scopes"] == ["cameras:read"]


def test_a_rotated_token_has_a_new_secret_and_for_a_while_two(viewer: User, problem_of: Problem) -> None:
    old = signed_in(viewer).post(TOKENS, WALL).json()
    new = signed_in(viewer).post(f"{TOKENS}{old['id']}/rotate/", {"overlap_seconds": 3600}).json()

    assert new["previous_until"] is not None
    assert {program(one["token"]).get(CAMERAS).status_code for one in (old, new)} == {200}
    newest = signed_in(viewer).post(f"{TOKENS}{old['id']}/rotate/").json()
    problem_of(program(new["token"]).get(CAMERAS), 401, "credential-wrong")
    assert program(newest["token"]).get(CAMERAS).status_code == 200
    told = problem_of(
        signed_in(viewer).post(f"{TOKENS}{old['id']}/rotate/", {"overlap_seconds": 700_000}), 400, "invalid"
    )
    assert told["errors"][0]["pointer"] == "/overlap_seconds"


def test_a_revoked_token_stays_in_the_list_and_is_changed_no_more(viewer: User, problem_of: Problem) -> None:
    token = signed_in(viewer).post(TOKENS, WALL).json()
    address = f"{TOKENS}{token['id']}/"

    assert signed_in(viewer).delete(address).status_code == 204
    assert signed_in(viewer).get(address).json()["state"] == "revoked"
    problem_of(signed_in(viewer).patch(address, {"name": "Hall"}), 409, "token-is-revoked")
    problem_of(signed_in(viewer).post(f"{address}rotate/"), 409, "token-is-revoked")
    problem_of(program(token["token"]).get(CAMERAS), 401, "credential-revoked")


def test_people_look_after_their_own_and_administrators_after_all(
    viewer: User, outsider: User, admin: User, problem_of: Problem
) -> None:
    token = signed_in(viewer).post(TOKENS, WALL).json()
    address = f"{TOKENS}{token['id']}/"

    problem_of(signed_in(outsider).get(address), 404, "not-found")
    problem_of(signed_in(outsider).delete(address), 404, "not-found")
    assert signed_in(outsider).get(TOKENS).json()["count"] == 0
    assert signed_in(admin).get(TOKENS).json()["count"] == 1
    problem_of(signed_in(admin).post(f"{address}rotate/"), 403, "token-not-yours")
    problem_of(signed_in(admin).patch(address, {"name": "Hall"}), 403, "token-not-yours")
    assert signed_in(admin).delete(address).status_code == 204


def test_an_administrator_issues_for_service_accounts_alone(
    admin: User, viewer: User, robot: User, problem_of: Problem
) -> None:
    told = signed_in(admin).post(TOKENS, {**WALL, "owner": robot.pk}).json()

    assert told["owner"] == robot.pk
    problem_of(signed_in(admin).post(TOKENS, {**WALL, "owner": viewer.pk}), 403, "token-not-yours")
    told = problem_of(signed_in(viewer).post(TOKENS, {**WALL, "owner": robot.pk}), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/owner"


def test_without_the_scope_a_program_sees_no_tokens(admin: User, robot: User, problem_of: Problem) -> None:
    problem_of(program(token_of(robot, actor=admin)).get(TOKENS), 403, "forbidden")


def test_the_list_is_narrowed_and_ordered(admin: User, viewer: User, robot: User) -> None:
    token_of(viewer, name="Wall")
    old = token_of(viewer, name="Archive")
    ApiToken.objects.filter(key=old[4:16]).update(expires_at=timezone.now() - timedelta(days=1))
    token_of(robot, actor=admin, name="Reader")

    def named(**query: Any) -> list[str]:
        return [one["name"] for one in signed_in(admin).get(TOKENS, query).json()["results"]]

    assert named(ordering="name") == ["Archive", "Reader", "Wall"]
    assert named(owner=robot.pk) == ["Reader"]
    assert named(state="expired") == ["Archive"]
    assert named(state="valid", ordering="name") == ["Reader", "Wall"]
    assert named(state="revoked") == []
    assert named(q="vms_" + old[4:10]) == ["Archive"]
    assert named(q="robot read") == ["Reader"]
