"""/api/v1/sites/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras import enrolment
from cameras.models import Camera, Site

URL = "/api/v1/sites/"


def test_a_viewer_sees_the_granted_site_only(
    api_of: Callable[..., APIClient], viewer: User, site: Site, other_site: Site
) -> None:
    told = api_of(viewer).get(URL).json()
    assert told["results"] == [
        {"id": site.pk, "name": "North gate", "time_zone": "Europe/Berlin", "region": "eu"},
    ]


def test_an_outsider_sees_none_and_cannot_tell_one_from_none(
    api_of: Callable[..., APIClient], outsider: User, site: Site, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(outsider)
    assert client.get(URL).json()["count"] == 0
    assert problem_of(client.get(f"{URL}{site.pk}/"), 404, "not-found") == problem_of(
        client.get(f"{URL}999999/"), 404, "not-found"
    )


def test_a_site_can_be_read(api_of: Callable[..., APIClient], viewer: User, site: Site) -> None:
    assert api_of(viewer).get(f"{URL}{site.pk}/").json()["name"] == "North gate"


@pytest.mark.parametrize("number", ["0", "9" * 30, "9" * 5000, "north", "1.5"])
def test_a_number_that_no_site_has_is_not_found(
    api_of: Callable[..., APIClient], operator: User, site: Site, problem_of: Callable[..., dict[str, Any]], number: Any
) -> None:
    problem_of(api_of(operator).get(f"{URL}{number}/"), 404, "not-found")


def test_an_operator_adds_a_site_under_the_audits_eyes(api_of: Callable[..., APIClient], operator: User) -> None:
    answer = api_of(operator).post(URL, {"name": "Depot", "time_zone": "Asia/Tokyo"})
    assert answer.status_code == 201, answer.content
    assert Site.objects.get(pk=answer.json()["id"]).time_zone == "Asia/Tokyo"
    assert AuditEntry.objects.get(verb=AuditVerb.SITE_ADDED, target_label="Depot").actor == operator


def test_an_operator_changes_a_site(api_of: Callable[..., APIClient], operator: User, site: Site) -> None:
    answer = api_of(operator).patch(f"{URL}{site.pk}/", {"region": "us"})
    assert answer.json() == {"id": site.pk, "name": "North gate", "time_zone": "Europe/Berlin", "region": "us"}


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"name": "Depot", "time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"name": "Depot", "time_zone": "../etc/passwd"}, "/time_zone"),
        ({"time_zone": "UTC"}, "/name"),
        ({"name": "North gate"}, "/name"),
    ],
)
def test_what_is_wrong_is_told_by_field(
    api_of: Callable[..., APIClient],
    operator: User,
    site: Site,
    problem_of: Callable[..., dict[str, Any]],
    facts: dict[str, Any],
    pointer: str,
) -> None:
    told = problem_of(api_of(operator).post(URL, facts), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_a_viewer_may_not_write(
    api_of: Callable[..., APIClient], viewer: User, site: Site, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(viewer).post(URL, {"name": "Mine"}), 403, "forbidden")
    problem_of(api_of(viewer).patch(f"{URL}{site.pk}/", {"name": "Mine"}), 403, "forbidden")


def test_a_stranger_is_asked_to_sign_in(site: Site, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL), 401, "not-signed-in")
    problem_of(APIClient().post(URL, {"name": "Mine"}), 401, "not-signed-in")


def test_a_site_without_cameras_is_removed_under_the_audits_eyes(
    api_of: Callable[..., APIClient], operator: User, site: Site
) -> None:
    answer = api_of(operator).delete(f"{URL}{site.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Site.objects.filter(pk=site.pk).exists()
    assert AuditEntry.objects.get(verb=AuditVerb.SITE_REMOVED).target_label == "North gate"


def test_a_site_with_a_camera_stays_even_when_the_camera_is_retired(
    api_of: Callable[..., APIClient],
    operator: User,
    site: Site,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    enrolment.retire_camera(camera, actor=operator)
    told = problem_of(api_of(operator).delete(f"{URL}{site.pk}/"), 409, "place-is-in-use")
    assert told["detail"].startswith("1 camera is at this site, retired ones included.")
    assert Site.objects.filter(pk=site.pk).exists()


def test_a_viewer_removes_no_site_and_an_outsider_finds_none(
    api_of: Callable[..., APIClient],
    viewer: User,
    outsider: User,
    site: Site,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    problem_of(api_of(viewer).delete(f"{URL}{site.pk}/"), 403, "forbidden")
    problem_of(api_of(outsider).delete(f"{URL}{site.pk}/"), 403, "forbidden")
    assert Site.objects.filter(pk=site.pk).exists()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=gate", ["North gate"]),
        ("region=eu", ["North gate"]),
        ("time_zone=America/New_York", ["Harbour"]),
        ("ordering=-name", ["North gate", "Harbour"]),
        ("ordering=region", ["Harbour", "North gate"]),
    ],
)
def test_sites_are_narrowed_and_ordered(
    api_of: Callable[..., APIClient], operator: User, site: Site, other_site: Site, query: str, names: list[str]
) -> None:
    told = api_of(operator).get(f"{URL}?{query}").json()
    assert [one["name"] for one in told["results"]] == names


def test_an_edit_that_changes_nothing_leaves_no_entry(
    api_of: Callable[..., APIClient], operator: User, site: Site
) -> None:
    assert api_of(operator).patch(f"{URL}{site.pk}/", {"name": "North gate"}).status_code == 200
    assert not AuditEntry.objects.filter(verb=AuditVerb.SITE_EDITED).exists()
