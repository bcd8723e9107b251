"""POST /api/v1/cameras/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.choices import AuditVerb, Door
from accounts.models import AuditEntry, User
from cameras.models import Camera, CameraGroup, Site

URL = "/api/v1/cameras/"


@pytest.fixture
def facts(site: Site) -> dict[str, Any]:
    return {"serial_number": "SN-7", "name": "Door", "site": site.pk}


def test_an_operator_enrols_a_camera(
    api_of: Callable[..., APIClient], operator: User, facts: dict[str, Any], group: CameraGroup
) -> None:
    answer = api_of(operator).post(URL, {**facts, "group": group.pk, "vendor": "Acme"})
    assert answer.status_code == 201, answer.content
    camera = Camera.objects.get(serial_number="SN-7")
    assert answer.json()["public_id"] == camera.public_id
    assert answer.json()["badge"] == "offline"
    assert (camera.name, camera.group, camera.vendor) == ("Door", group, "Acme")


def test_the_audit_knows_who_enrolled_it_and_through_which_door(
    api_of: Callable[..., APIClient], operator: User, facts: dict[str, Any]
) -> None:
    api_of(operator).post(URL, facts)
    entry = AuditEntry.objects.get(verb=AuditVerb.CAMERA_ENROLLED)
    assert (entry.actor, entry.door, entry.target_label) == (operator, Door.API, "Door")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"serial_number": ""}, "/serial_number", "blank"),
        ({"serial_number": None}, "/serial_number", "null"),
        ({"serial_number": "x" * 81}, "/serial_number", "max_length"),
        ({"serial_number": "SN\x00"}, "/serial_number", "null_characters_not_allowed"),
        ({"name": ["Door"]}, "/name", "invalid"),
        ({"site": 999999}, "/site", "does_not_exist"),
        ({"site": 10**30}, "/site", "does_not_exist"),
        ({"site": "north"}, "/site", "incorrect_type"),
        ({"group": 999999}, "/group", "does_not_exist"),
    ],
)
def test_what_is_wrong_is_told_by_field(
    api_of: Callable[..., APIClient],
    operator: User,
    facts: dict[str, Any],
    problem_of: Callable[..., dict[str, Any]],
    change: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    told = problem_of(api_of(operator).post(URL, {**facts, **change}), 400, "invalid")
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [(pointer, code)]
    assert not Camera.objects.exists()


def test_everything_that_is_missing_is_told_at_once(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(operator).post(URL, {}), 400, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {"/serial_number", "/name", "/site"}
    assert {error["code"] for error in told["errors"]} == {"required"}


def test_a_serial_number_is_taken_once(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    facts: dict[str, Any],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    told = problem_of(api_of(operator).post(URL, {**facts, "serial_number": "SN-1"}), 400, "invalid")
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [("/serial_number", "unique")]
    assert Camera.objects.count() == 1


def test_what_the_product_decides_cannot_be_sent(
    api_of: Callable[..., APIClient], operator: User, facts: dict[str, Any]
) -> None:
    answer = api_of(operator).post(URL, {**facts, "public_id": "chosen", "status": "online", "active": False})
    told = answer.json()
    assert (told["status"], told["active"]) == ("offline", True)
    assert told["public_id"] != "chosen"


@pytest.mark.parametrize("body", ["{", "", '{"name": NaN}', b"\xff\xfe"])
def test_a_body_that_is_not_json_is_told(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]], body: Any
) -> None:
    answer = api_of(operator).post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["type"] in ("urn:vms:problem:malformed", "urn:vms:problem:invalid")


def test_a_list_is_not_a_camera(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(operator).post(URL, [1, 2]), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [""]


def test_a_form_is_not_json(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    answer = api_of(operator).post(URL, "name=Door", content_type="application/x-www-form-urlencoded")
    problem_of(answer, 415, "unsupported-media-type")


def test_a_viewer_may_not_enrol(
    api_of: Callable[..., APIClient], viewer: User, facts: dict[str, Any], problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(viewer).post(URL, facts), 403, "forbidden")
    assert not Camera.objects.exists()


def test_a_stranger_is_asked_to_sign_in(facts: dict[str, Any], problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().post(URL, facts), 401, "not-signed-in")


def test_a_write_without_the_csrf_token_is_refused(
    operator: User, facts: dict[str, Any], problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    told = problem_of(client.post(URL, facts), 403, "forbidden")
    assert "CSRF" in told["detail"]
    assert not Camera.objects.exists()
