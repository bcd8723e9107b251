"""What every list has in common: a parameter that makes no sense is told."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from cameras.models import Camera

URL = "/api/v1/cameras/"


@pytest.mark.parametrize(
    "query",
    [
        "sitte=1",
        "colour=red&q=gate",
        "site=",
        "badge=",
        "page=",
        "page_size=",
        "ordering=",
        "ordering=,",
        "ordering=name,",
    ],
)
def test_a_parameter_that_there_is_not_or_that_has_no_value_is_told(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    query: str,
) -> None:
    told = problem_of(api_of(operator).get(f"{URL}?{query}"), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [f"/{query.partition('=')[0]}"]


@pytest.mark.parametrize("odd", ["%20{}", "{}%0B", "%09"])
def test_a_number_has_no_blanks_around_it(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    odd: str,
) -> None:
    assert api_of(operator).get(f"{URL}?site={camera.site_id}").json()["count"] == 1
    told = problem_of(api_of(operator).get(f"{URL}?site={odd.format(camera.site_id)}"), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/site"]


@pytest.mark.parametrize("page", ["%201", "1%0B", "last", "٣", "01"])
def test_a_page_is_a_number_as_the_schema_says(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    page: str,
) -> None:
    told = problem_of(api_of(operator).get(f"{URL}?page={page}"), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/page"]


def test_an_instant_is_not_a_blank(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    url = "/api/v1/publish-sessions/?after="
    assert api_of(operator).get(f"{url}2030-01-31T12:00:00+01:00").status_code == 200
    for odd in ("%0B", "%20", "2030-01-31T12:00:00Z%20"):
        problem_of(api_of(operator).get(url + odd), 400, "invalid")


def test_lists_by_cursor_tell_it_too(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(operator)
    for query in ("page=1", "cursor=", "after=", "state="):
        problem_of(client.get(f"/api/v1/publish-sessions/?{query}"), 400, "invalid")


def test_lists_that_are_not_narrowed_tell_it_too(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).get("/api/v1/scopes/?page="), 400, "invalid")


def test_text_may_be_empty(api_of: Callable[..., APIClient], operator: User, camera: Camera) -> None:
    assert api_of(operator).get(f"{URL}?q=").json()["count"] == 1


def test_a_single_row_is_named_by_its_address_alone(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    assert api_of(operator).get(f"{URL}{camera.public_id}/?badge=retired").status_code == 200
