"""What people and programs do is in the audit and in the log of the API, by the clock of the whole of VMS."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from tests.e2e.people import Person
from tests.e2e.waiting import eventually


@pytest.fixture
def auditor(sign_in: Callable[[str], Person]) -> Person:
    """An administrator over HTTP."""
    return sign_in("admin")


def verify(*words: str) -> tuple[int, str]:
    """Exit code and words of `manage.py verify_audit` against the running database."""
    command = [sys.executable, "manage.py", "verify_audit", *words]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_view_of_footage_is_sealed_within_seconds_and_can_be_exported(operator: Person, auditor: Person) -> None:
    camera = operator.enrol()
    request_id = f"view-{uuid4().hex[:12]}"
    wish = {"camera": camera.public_id, "kind": "live"}
    operator.api("POST", "/playback-tokens/", json=wish, status=201, headers={"X-Request-ID": request_id})

    [entry] = auditor.api("GET", "/audit/", params={"request_id": request_id})["results"]
    assert (entry["verb"], entry["data"], entry["address"]) == ("playback_token_issued", {"kind": "live"}, "127.0.0.1")
    sealed = eventually(lambda: auditor.api("GET", f"/audit/{entry['id']}/")["number"])
    lines = auditor.get("/api/v1/audit/export/", params={"request_id": request_id}).text.splitlines()
    assert [json.loads(line)["number"] for line in lines] == [sealed]
    table = auditor.get("/api/v1/audit/export/", params={"request_id": request_id, "format": "csv"}).text
    assert [row["number"] for row in csv.DictReader(io.StringIO(table))] == [str(sealed)]


def test_the_chain_of_the_running_vms_holds(auditor: Person) -> None:
    head = eventually(lambda: auditor.api("GET", "/audit/head/"))
    told = f"{head['number']}:{head['digest']}"

    code, words = verify("--expect", told)
    assert code == 0, words
    code, words = verify("--expect", f"{head['number']}:{'0' * 64}")
    assert code == 1
    assert "another digest was noted down" in words


def test_calls_come_into_the_log_and_are_counted(operator: Person, auditor: Person) -> None:
    request_id = f"call-{uuid4().hex[:12]}"
    for path, status in (("/cameras/", 200), ("/cameras/aaaaaaaaaaaa/", 404), ("/audit/", 403)):
        operator.api("GET", path, status=status, headers={"X-Request-ID": request_id})

    def calls() -> Any:
        found = auditor.api("GET", "/api-calls/", params={"request_id": request_id})["results"]
        return found if len(found) == 3 else None

    told = {call["route"]: call for call in eventually(calls)}
    assert {route: call["status"] for route, call in told.items()} == {
        "/api/v1/cameras/": 200,
        "/api/v1/cameras/{public_id}/": 404,
        "/api/v1/audit/": 403,
    }
    assert all(call["duration_us"] > 0 and call["address"] == "127.0.0.1" for call in told.values())
    counted = {(row["method"], row["route"]) for row in auditor.api("GET", "/api-usage/")["results"]}
    assert ("GET", "/api/v1/cameras/{public_id}/") in counted


def test_the_page_is_searched_as_one_types_and_opens_an_entry(page_of: Any, operator: Person, auditor: Person) -> None:
    camera = operator.enrol("Loading bay 7")
    operator.api("PATCH", f"/cameras/{camera.public_id}/", json={"place": "Over the ramp"})
    page: Page = page_of("admin")
    page.goto("/administration/audit/")
    page.get_by_label("Search").fill("ramp loading")
    page.wait_for_url("**q=ramp**")

    entry = page.locator(".entry", has_text="edited a camera")
    entry.locator("summary").click()
    assert "Over the ramp" in entry.locator(".changes").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON lines").click()
    lines = download.value.path().read_text().splitlines()
    assert {json.loads(line)["verb"] for line in lines} == {"audit_exported", "camera_edited"}
