"""POST /api/v1/cameras/bulk/: lists of cameras."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import Role, User
from cameras.models import Camera, Site
from streaming import admission, stream_keys
from streaming.admission import Knock
from streaming.models import MediaNode, StreamKey

URL = "/api/v1/cameras/bulk/"
CSV = "serial_number,name,site\nSN-7,Door,North gate\nSN-8,Roof,North gate\n"


@pytest.fixture
def client(api_of: Callable[..., APIClient], operator: User, site: Site) -> APIClient:
    return api_of(operator)


@pytest.fixture
def rows(site: Site) -> list[dict[str, Any]]:
    return [
        {"serial_number": "SN-7", "name": "Door", "site": site.pk},
        {"serial_number": "SN-8", "name": "Roof", "site": "North gate"},
    ]


def counts(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("enrolled", "updated", "unchanged", "refused"))


def test_a_list_of_objects_is_enrolled(client: APIClient, rows: list[dict[str, Any]]) -> None:
    answer = client.post(URL, rows)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    told = answer.json()
    assert counts(told) == (2, 0, 0, 0)
    first = Camera.objects.get(serial_number="SN-7")
    assert told["results"][0] == {
        "row": 1,
        "serial_number": "SN-7",
        "outcome": "enrolled",
        "camera": first.public_id,
        "errors": [],
        "stream_key": None,
        "publish_addresses": [],
    }
    assert counts(client.post(URL, rows).json()) == (0, 0, 2, 0)


def test_a_file_is_enrolled_and_answered_as_a_file_with_what_to_enter_into_each_camera(
    client: APIClient, node: MediaNode
) -> None:
    answer = client.post(f"{URL}?stream_keys=true", CSV, content_type="text/csv", HTTP_ACCEPT="text/csv")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    [door, roof] = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (door["row"], door["serial_number"], door["outcome"], roof["row"]) == ("1", "SN-7", "enrolled", "2")
    assert door["rtmp_url"] == f"rtmp://node.vms.example:1935/ingest/{door['camera']}?key={door['stream_key']}"
    assert door["rtmps_url"].startswith("rtmps://node.vms.example:1936/")
    for one in (door, roof):
        admission.admit(Knock("local", 1, 7, one["camera"], one["stream_key"], "192.0.2.7", ""))


def test_keys_go_to_cameras_that_have_none(client: APIClient, rows: list[dict[str, Any]], node: MediaNode) -> None:
    client.post(URL, rows)
    stream_keys.rotate_key(Camera.objects.get(serial_number="SN-7"), actor=SYSTEM)
    told = client.post(f"{URL}?stream_keys=true", rows).json()
    assert [bool(one["stream_key"]) for one in told["results"]] == [False, True]
    again = client.post(f"{URL}?stream_keys=true", rows).json()
    assert [one["stream_key"] for one in again["results"]] == [None, None]
    assert StreamKey.objects.count() == 2


def test_a_retry_with_the_same_key_shows_the_same_secrets(
    client: APIClient, rows: list[dict[str, Any]], node: MediaNode
) -> None:
    first, again = (
        client.post(f"{URL}?stream_keys=true", rows, headers={"Idempotency-Key": "first-list"}).json() for _ in range(2)
    )
    assert first == again
    assert first["results"][0]["stream_key"]


def test_a_dry_run_says_what_would_become_of_each_row(
    client: APIClient, rows: list[dict[str, Any]], camera: Camera
) -> None:
    rows += [{"serial_number": "SN-1", "name": "Other", "site": "North gate"}]
    told = client.post(f"{URL}?dry_run=true&stream_keys=true", rows).json()
    assert (told["dry_run"], counts(told)) == (True, (2, 0, 0, 1))
    assert told["results"][2]["errors"] == [
        {"pointer": "/2/name", "code": "differs", "message": "The camera that is there has 'Gate'."}
    ]
    assert told["results"][0]["camera"] is None
    assert Camera.objects.count() == 1
    assert counts(client.post(f"{URL}?dry_run=true&update=true", rows).json()) == (2, 1, 0, 0)


def test_refused_rows_refuse_the_list_with_row_and_pointer(
    client: APIClient, rows: list[dict[str, Any]], problem_of: Callable[..., dict[str, Any]]
) -> None:
    rows += [{"serial_number": "SN-9", "site": "Nowhere"}]
    told = problem_of(client.post(URL, rows), 422, "rows-refused")
    assert "1 of 3 rows" in told["detail"]
    assert [(one["row"], one["pointer"], one["code"]) for one in told["errors"]] == [
        (3, "/2/name", "required"),
        (3, "/2/site", "does_not_exist"),
    ]
    assert not Camera.objects.exists()
    assert counts(client.post(f"{URL}?partial=true", rows).json()) == (2, 0, 0, 1)


@pytest.mark.parametrize("body", [{}, {"rows": []}, "SN-7", 7, None, []])
def test_a_body_that_is_no_list_is_told(
    client: APIClient, problem_of: Callable[..., dict[str, Any]], body: Any
) -> None:
    problem_of(client.post(URL, json.dumps(body), content_type="application/json"), 400, "invalid")


def test_a_file_that_is_no_list_is_told(client: APIClient, problem_of: Callable[..., dict[str, Any]]) -> None:
    told = problem_of(client.post(URL, "serial,name\n", content_type="text/csv"), 400, "malformed")
    assert "no column 'serial'" in told["detail"]


def test_a_parameter_that_makes_no_sense_is_told(
    client: APIClient, rows: list[dict[str, Any]], problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(client.post(f"{URL}?dry_run=perhaps", rows), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/dry_run"


def test_a_list_that_is_too_long_or_too_big_is_refused(
    client: APIClient, rows: list[dict[str, Any]], problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(client.post(URL, [{}] * 10_001), 400, "invalid")
    problem_of(client.post(URL, [{"name": "x" * 5_000_000}]), 413, "too-large")
    problem_of(client.post("/api/v1/sites/", {"name": "x" * 1_000_000}), 413, "too-large")


def test_other_forms_are_not_read(client: APIClient, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(client.post(URL, "a=b", content_type="application/x-www-form-urlencoded"), 415, "unsupported-media-type")
    problem_of(client.get(URL), 405, "method-not-allowed")


def test_who_may_not_enrol_and_who_may_not_issue_keys_are_refused(
    api_of: Callable[..., APIClient],
    make_user: Callable[..., User],
    viewer: User,
    rows: list[dict[str, Any]],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    scopes = ["cameras:read", "cameras:write", "cameras:all"]
    Role.objects.create(name="planner", label="Planner", scopes=scopes)
    planner = make_user("planner")
    problem_of(APIClient().post(URL, rows), 401, "not-signed-in")
    problem_of(api_of(viewer).post(URL, rows), 403, "forbidden")
    problem_of(api_of(planner).post(f"{URL}?stream_keys=true", rows), 403, "forbidden")
    assert not Camera.objects.exists()
    assert counts(api_of(planner).post(URL, rows).json()) == (2, 0, 0, 0)
