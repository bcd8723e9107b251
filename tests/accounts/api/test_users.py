"""People in the API: who may list, add, change, disable them, and who they are themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from accounts import roles, user_groups
from accounts.audit import SYSTEM
from accounts.models import Role, User
from tests.elevating import elevated

Api = Callable[[User], APIClient]
Problem = Callable[..., dict[str, Any]]
URL = "/api/v1/users/"
PASSWORD = "a long enough password 42"


def emails(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["email"] for row in answer.json()["results"]]


def test_an_administrator_finds_people(api_of: Api, admin: User, operator: User, viewer: User, outsider: User) -> None:
    group = user_groups.add_user_group(name="Guards", members=[viewer], actor=SYSTEM)
    client = api_of(admin)
    assert len(emails(client.get(URL))) == 4
    assert emails(client.get(URL + "?q=OUT vms")) == ["outsider@vms.example"]
    assert emails(client.get(URL + "?role=viewer&ordering=-email")) == ["viewer@vms.example", "outsider@vms.example"]
    assert emails(client.get(f"{URL}?user_group={group.pk}")) == ["viewer@vms.example"]
    assert emails(client.get(URL + "?second_factor=true")) == []
    assert client.get(URL + "?role=boss").status_code == 400


def test_who_may_not_see_people_is_refused_and_knows_themselves(
    api_of: Api, viewer: User, admin: User, problem_of: Problem
) -> None:
    client = api_of(viewer)
    problem_of(client.get(URL), 403, "forbidden")
    problem_of(client.get(f"{URL}{admin.pk}/"), 403, "forbidden")
    own = client.get(URL + "me/").json()
    assert (own["email"], own["role"], own["second_factor"]) == ("viewer@vms.example", "viewer", False)
    assert own["scopes"] == sorted(Role.objects.get(name="viewer").scopes)


def test_a_person_is_added_with_a_password_and_can_sign_in(api_of: Api, admin: User) -> None:
    facts = {"email": "New@vms.example", "name": "New", "role": "viewer", "password": PASSWORD}
    answer = elevated(api_of(admin), admin).post(URL, facts)

    assert answer.status_code == 201, answer.content
    assert "password" not in answer.json()
    assert Client().post("/sign-in/", {"username": "new@vms.example", "password": PASSWORD}).status_code == 302
    assert answer.headers["Location"].endswith(f"{URL}{answer.json()['id']}/")


def test_in_a_browser_accounts_are_made_and_changed_by_whom_is_elevated(
    api_of: Api, problem_of: Problem, admin: User, viewer: User
) -> None:
    facts = {"email": "new@vms.example", "name": "New", "role": "admin", "password": PASSWORD}

    problem_of(api_of(admin).post(URL, facts), 403, "elevation-required")
    problem_of(api_of(admin).patch(f"{URL}{viewer.pk}/", {"role": "admin"}), 403, "elevation-required")
    assert User.objects.filter(role__name="admin").count() == 1


def test_who_is_added_without_a_password_is_invited_by_letter(
    api_of: Api, admin: User, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.EMAIL_IN_BACKGROUND = False
    with django_capture_on_commit_callbacks(execute=True):
        elevated(api_of(admin), admin).post(URL, {"email": "new@vms.example", "name": "New", "role": "viewer"})
    (letter,) = mail.outbox
    assert letter.to == ["new@vms.example"]
    assert "http://testserver/forgotten-password/" in letter.body


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"password": "short"}, ""),
        ({"email": "ADMIN@vms.example"}, "/email"),
        ({"email": "nobody"}, "/email"),
        ({"role": "boss"}, "/role"),
        ({"name": ""}, "/name"),
        ({"is_service": True}, "/password"),
    ],
)
def test_what_is_not_right_is_told_at_its_field_and_makes_nobody(
    api_of: Api, admin: User, problem_of: Problem, facts: dict[str, Any], pointer: str
) -> None:
    right = {"email": "new@vms.example", "name": "New", "role": "viewer", "password": PASSWORD}
    told = problem_of(elevated(api_of(admin), admin).post(URL, right | facts), 400, "invalid")
    assert {one["pointer"] for one in told["errors"]} == {pointer}
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", [0, "\x00", "viewer\x00", ""])
def test_what_is_no_name_names_no_role(api_of: Api, problem_of: Problem, admin: User, name: object) -> None:
    roles.add_role(name="0", label="Zero", scopes=["cameras:read"], actor=SYSTEM)

    facts = {"email": "new@vms.example", "name": "New", "role": name, "password": PASSWORD}
    problem = problem_of(elevated(api_of(admin), admin).post(URL, facts, format="json"), 400, "invalid")

    assert [one["pointer"] for one in problem["errors"]] == ["/role"]


def test_a_service_account_has_no_password(api_of: Api, admin: User) -> None:
    facts = {"email": "robot@vms.example", "name": "Robot", "role": "api_only", "is_service": True}
    answer = elevated(api_of(admin), admin).post(URL, facts)
    assert answer.json()["is_service"] is True
    assert not User.objects.get(email="robot@vms.example").has_usable_password()


def test_a_change_is_made_as_a_whole_or_not_at_all(api_of: Api, admin: User, viewer: User, problem_of: Problem) -> None:
    client, url = elevated(api_of(admin), admin), f"{URL}{admin.pk}/"
    problem_of(client.patch(url, {"name": "Renamed", "role": "viewer"}), 409, "last-administrator")
    admin.refresh_from_db()
    assert admin.name == "Admin"

    answer = client.patch(f"{URL}{viewer.pk}/", {"name": "Vera", "role": "operator"})
    assert (answer.json()["name"], answer.json()["role"]) == ("Vera", "operator")


def test_the_last_administrator_is_not_disabled(api_of: Api, admin: User, problem_of: Problem) -> None:
    problem_of(api_of(admin).post(f"{URL}{admin.pk}/disable/"), 409, "last-administrator")


def test_a_disabled_person_is_out_until_enabled(api_of: Api, admin: User, viewer: User) -> None:
    theirs = api_of(viewer)
    assert api_of(admin).post(f"{URL}{viewer.pk}/disable/").json()["is_active"] is False
    assert theirs.get(URL + "me/").status_code == 401

    assert api_of(admin).post(f"{URL}{viewer.pk}/enable/").json()["is_active"] is True
    assert theirs.get(URL + "me/").status_code == 200


def test_a_clerk_makes_no_administrator(
    api_of: Api, admin: User, make_user: Callable[..., User], problem_of: Problem
) -> None:
    roles.add_role(name="clerk", label="Clerk", scopes=["members:read", "members:write"], actor=SYSTEM)
    clerk = make_user("clerk")
    client = elevated(api_of(clerk), clerk)
    facts = {"email": "new@vms.example", "name": "New", "role": "admin", "password": PASSWORD}
    problem_of(client.post(URL, facts), 403, "more-than-you-hold")
    problem_of(client.patch(f"{URL}{admin.pk}/", {"email": "mine@vms.example"}), 403, "more-than-you-hold")
    problem_of(client.post(f"{URL}{admin.pk}/disable/"), 403, "more-than-you-hold")


def test_nobody_at_this_number(api_of: Api, admin: User, problem_of: Problem) -> None:
    problem_of(api_of(admin).get(URL + "987654/"), 404, "not-found")
