"""Conditions, retries and lists of cameras through the real nginx, which compresses answers and bounds bodies."""

from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.people import Person


def problem(answer: Any) -> str:
    """The type of an answer that is a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    return str(answer.json()["type"]).rpartition(":")[2]


def test_a_long_resource_keeps_its_strong_tag_on_the_way(operator: Person) -> None:
    camera = operator.enrol()
    url = f"/api/v1/cameras/{camera.public_id}/"
    operator.patch(url, json={"name": "ü" * 120, "place": "ü" * 200, "vendor": "ü" * 80, "model": "ü" * 80})
    answer = operator.get(url, headers={"Accept-Encoding": "gzip"})
    assert len(answer.content) > 1000
    assert answer.headers["ETag"].startswith('"')
    again = operator.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    listed = operator.get("/api/v1/cameras/", headers={"Accept-Encoding": "gzip"})
    assert listed.headers["Content-Encoding"] == "gzip"


def test_the_second_of_two_who_read_the_same_is_told(operator: Person) -> None:
    camera = operator.enrol()
    url = f"/api/v1/cameras/{camera.public_id}/"
    tag = operator.get(url).headers["ETag"]
    first = operator.patch(url, json={"name": "Gate"}, headers={"If-Match": tag})
    second = operator.patch(url, json={"name": "Door"}, headers={"If-Match": tag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert problem(second) == "changed-meanwhile"
    assert operator.get(url).headers["ETag"] == first.headers["ETag"]


def test_a_long_list_of_cameras_passes_and_a_longer_body_is_told_as_a_problem(operator: Person) -> None:
    operator.enrol()
    run = uuid4().hex[:8]
    rows = [
        {"serial_number": f"{run}-{number}", "name": "x" * 100, "site": "Test site", "place": "y" * 200}
        for number in range(9000)
    ]
    answer = operator.post("/api/v1/cameras/bulk/?dry_run=true", json=rows, timeout=120)
    assert len(answer.request.content) > 3_000_000
    assert (answer.status_code, answer.json()["enrolled"]) == (200, 9000)
    assert problem(operator.post("/api/v1/cameras/bulk/", content=b"x" * 7_000_000)) == "too-large"
    assert problem(operator.post("/api/v1/sites/", json={"name": "x" * 3_000_000})) == "too-large"
    assert problem(operator.post("/api/v1/sites/", json={"name": "x" * 1_500_000})) == "too-large"


@pytest.mark.parametrize(
    ("path", "headers", "status", "kind"),
    [
        ("/api/v1/cameras/%00/", {}, 400, "malformed"),
        (f"/api/v1/coverages/?camera={'x' * 9000}", {}, 414, "address-too-long"),
        ("/api/v1/coverages/", {"X-Long": "x" * 9000}, 431, "headers-too-large"),
    ],
    ids=["nonsense", "address", "headers"],
)
def test_what_nginx_refuses_to_read_is_told_as_a_problem(
    operator: Person, path: str, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = operator.get(path, headers=headers)

    assert (answer.status_code, problem(answer)) == (status, kind)


def test_a_retry_makes_nothing_twice(operator: Person) -> None:
    name = f"Depot {uuid4().hex[:6]}"
    key = {"Idempotency-Key": str(uuid4())}
    answers = [operator.post("/api/v1/sites/", json={"name": name}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert operator.get(answers[1].headers["Location"]).json()["name"] == name
