"""The one error shape, where no endpoint is concerned in particular."""

from collections.abc import Callable
from typing import Any, Never

import pytest
from django.db import IntegrityError
from rest_framework.test import APIClient

from accounts.membership import LastAdministrator
from accounts.models import User
from cameras import enrolment
from cameras.models import Site
from vms.api import errors


@pytest.mark.parametrize("path", ["", "nothing/", "cameras/x/y/z/", "%2e%2e/admin/", "%00/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_a_problem_for_everybody_and_never_a_page(
    operator: User, api_of: Callable[..., APIClient], problem_of: Callable[..., dict[str, Any]], path: str, method: str
) -> None:
    for client in (APIClient(enforce_csrf_checks=True), api_of(operator)):
        problem_of(getattr(client, method)(f"/api/v1/{path}"), 404, "not-found")


def test_a_forgotten_last_slash_is_pointed_out(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(operator).post("/api/v1/cameras", {"name": "Door"}), 404, "not-found")
    assert "end with a slash" in told["detail"]


def test_an_answer_that_is_not_json_cannot_be_had(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(operator).get("/api/v1/cameras/", HTTP_ACCEPT="text/csv"), 406, "not-acceptable")


def test_options_are_told_by_the_schema_only(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(operator).options("/api/v1/cameras/"), 405, "method-not-allowed")


def test_two_who_write_the_same_at_once_are_told_apart(
    api_of: Callable[..., APIClient],
    operator: User,
    site: Site,
    problem_of: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The check for a free serial number passes for both; the database lets one through."""

    def lose_the_race(**facts: Any) -> Never:
        raise IntegrityError("duplicate key value violates unique constraint")

    monkeypatch.setattr(enrolment, "enrol_camera", lose_the_race)
    facts = {"serial_number": "SN-1", "name": "Gate", "site": site.pk}
    told = problem_of(api_of(operator).post("/api/v1/cameras/", facts), 409, "conflict")
    assert "duplicate key" not in told["detail"]


def test_a_bug_is_a_problem_that_names_the_request_and_tells_nothing_else(
    api_of: Callable[..., APIClient],
    operator: User,
    problem_of: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**facts: Any) -> Never:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("cameras.api.views.CameraViewSet.list", fail)
    client = api_of(operator)
    client.raise_request_exception = False
    answer = client.get("/api/v1/cameras/", HTTP_X_REQUEST_ID="abcdefgh-1")
    told = problem_of(answer, 500, "server-error")
    assert "abcdefgh-1" in told["detail"]
    assert "hunter2" not in answer.content.decode()


def test_the_last_administrator_is_a_conflict() -> None:
    answer = errors.problem_response(LastAdministrator(), {})
    assert answer is not None
    assert answer.status_code == 409
    assert b"urn:vms:problem:last-administrator" in answer.content


def test_nested_problems_are_pointed_at_by_json_pointers() -> None:
    from rest_framework.exceptions import ValidationError

    answer = errors.problem_response(
        ValidationError({"rows": [{}, {"a/b": ["wrong"]}], "non_field_errors": ["odd"]}), {}
    )
    import json

    pointers = [(error["pointer"], error["message"]) for error in json.loads(answer.content)["errors"]]
    assert pointers == [("/rows/1/a~1b", "wrong"), ("", "odd")]
