"""`Authorization: Bearer …` decides alone: it opens, or it is a 401 that says why, whatever session comes with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import api_tokens, membership, refresh_families
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, Door
from accounts.models import ApiToken, AuditEntry, RefreshFamily, User
from accounts.scopes import Scope
from cameras.models import Camera, TokenReach

CAMERAS = "/api/v1/cameras/"
Problem = Callable[..., dict[str, Any]]


def token_of(owner: User, **facts: Any) -> str:
    return api_tokens.issue(
        **{"owner": owner, "actor": owner, "name": "Wall", "scopes": [Scope.CAMERAS_READ], **facts}
    ).text


def access_of(user: User) -> str:
    return refresh_families.begin(actor=user, address=None, user_agent="").access


def program(credential: str) -> APIClient:
    """A program that shows this credential."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {credential}")
    return client


def test_a_token_sees_what_its_owner_sees(viewer: User, camera: Camera, other_camera: Camera) -> None:
    answer = program(token_of(viewer)).get(CAMERAS)

    assert [one["public_id"] for one in answer.json()["results"]] == [camera.public_id]


def test_an_access_token_sees_what_its_person_sees(viewer: User, camera: Camera, other_camera: Camera) -> None:
    answer = program(access_of(viewer)).get(CAMERAS)

    assert [one["public_id"] for one in answer.json()["results"]] == [camera.public_id]


def test_a_restricted_token_reaches_what_was_named(operator: User, camera: Camera, other_camera: Camera) -> None:
    text = token_of(operator, reach=["the pier"])
    TokenReach.objects.create(token=ApiToken.objects.get(), camera=other_camera)

    answer = program(text).get(CAMERAS)
    assert [one["public_id"] for one in answer.json()["results"]] == [other_camera.public_id]
    assert program(text).get(f"{CAMERAS}{camera.public_id}/").status_code == 404


def test_what_the_scopes_do_not_name_is_refused(operator: User, problem_of: Problem) -> None:
    answer = program(token_of(operator)).post(CAMERAS, {"serial_number": "SN-7", "name": "Door"})

    problem_of(answer, 403, "forbidden")


def test_no_credential_and_no_session_is_asked_for_one(db: None, problem_of: Problem) -> None:
    answer = APIClient().get(CAMERAS)

    problem_of(answer, 401, "not-signed-in")
    assert answer["WWW-Authenticate"] == 'Bearer realm="vms"'


@pytest.mark.parametrize("credential", ["", "vms_nobody.nothing", "a.b.c", "two words", "ä"])
def test_a_wrong_credential_is_told(db: None, problem_of: Problem, credential: str) -> None:
    answer = program(credential).get(CAMERAS)

    problem_of(answer, 401, "credential-wrong")
    assert answer["WWW-Authenticate"] == 'Bearer realm="vms", error="invalid_token"'


def test_why_a_credential_no_longer_opens_is_told(viewer: User, problem_of: Problem) -> None:
    expired, revoked, elsewhere = token_of(viewer), token_of(viewer), token_of(viewer, networks=["203.0.113.0/24"])
    past = timezone.now() - timedelta(seconds=1)
    ApiToken.objects.filter(key=expired[4:16]).update(expires_at=past)
    ApiToken.objects.filter(key=revoked[4:16]).update(revoked_at=past)
    signed_out = access_of(viewer)
    refresh_families.end_all(viewer, actor=viewer)

    problem_of(program(expired).get(CAMERAS), 401, "credential-expired")
    problem_of(program(revoked).get(CAMERAS), 401, "credential-revoked")
    problem_of(program(elsewhere).get(CAMERAS), 401, "credential-from-elsewhere")
    problem_of(program(signed_out).get(CAMERAS), 401, "credential-revoked")
    usual = token_of(viewer)
    membership.disable_member(viewer, actor=SYSTEM)
    problem_of(program(usual).get(CAMERAS), 401, "account-disabled")


def test_a_session_does_not_help_a_credential_that_is_wrong(operator: User, problem_of: Problem) -> None:
    client = program("vms_nobody.nothing")
    client.force_login(operator)

    problem_of(client.get(CAMERAS), 401, "credential-wrong")


def test_a_session_adds_nothing_to_a_credential_that_is_right(admin: User, viewer: User, problem_of: Problem) -> None:
    client = program(token_of(viewer))
    client.force_login(admin)

    problem_of(client.post(CAMERAS, {}), 403, "forbidden")


def test_other_schemes_are_somebody_elses(operator: User) -> None:
    """A proxy's own password comes in the same header as far as the portal."""
    client = APIClient()
    client.force_login(operator)

    assert client.get(CAMERAS, HTTP_AUTHORIZATION="Basic dm1zOnZtcw==").status_code == 200


def test_a_session_still_needs_the_csrf_token_and_a_program_does_not(operator: User, problem_of: Problem) -> None:
    facts = {"name": "Depot"}
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(operator)
    script = APIClient(enforce_csrf_checks=True)
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(operator, scopes=[Scope.CAMERAS_WRITE])}")

    problem_of(browser.post("/api/v1/sites/", facts), 403, "forbidden")
    assert script.post("/api/v1/sites/", facts).status_code == 201


def test_the_audit_knows_the_person_and_the_token(operator: User) -> None:
    program(token_of(operator, scopes=[Scope.CAMERAS_WRITE])).post("/api/v1/sites/", {"name": "Depot"})

    entry = AuditEntry.objects.get(verb=AuditVerb.SITE_ADDED)
    assert (entry.actor, entry.token, entry.door) == (operator, ApiToken.objects.get(), Door.API)


def test_a_tokens_name_does_not_stick_to_the_next_request(operator: User) -> None:
    program(token_of(operator, scopes=[Scope.CAMERAS_WRITE])).post("/api/v1/sites/", {"name": "Depot"})
    program(access_of(operator)).post("/api/v1/sites/", {"name": "Yard"})

    entry = AuditEntry.objects.filter(verb=AuditVerb.SITE_ADDED).first()
    assert entry is not None
    assert (entry.actor, entry.token) == (operator, None)


def test_proving_costs_one_query(operator: User) -> None:
    """And for a token one more a minute, that notes its use."""
    token, access = token_of(operator), access_of(operator)
    session = APIClient()
    session.force_login(operator)
    for client in (program(token), program(access), session):
        client.get(CAMERAS)

    def queries_of(client: APIClient) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(CAMERAS).status_code == 200
        return len(asked)

    assert queries_of(program(token)) == queries_of(program(access)) == queries_of(session) - 2


def test_a_token_reads_the_schema(operator: User) -> None:
    assert program(token_of(operator)).get("/api/v1/schema/").status_code == 200


def test_a_token_opens_no_page(admin: User) -> None:
    text = token_of(admin, scopes=list(Scope))

    assert program(text).get("/cameras/").status_code == 302
    assert program(text).get("/admin/").status_code == 302


def test_who_signed_in_last_is_found_from_the_row(viewer: User) -> None:
    access_of(viewer)

    assert RefreshFamily.objects.visible_to(viewer).count() == 1
