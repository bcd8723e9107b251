"""People who may read the audit find out who did what, and who tried to sign in."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts import audit, audit_chain, roles, user_groups
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, SignInAttempt, User
from cameras import enrolment
from cameras.models import Camera

PAGE = "/administration/audit/"


@pytest.fixture
def page(page_of: Callable[[User], Client], admin: User) -> Callable[..., str]:
    """The page's text for an administrator: `page(q="gate")`."""

    def text(path: str = PAGE, **question: str | int) -> str:
        answer = page_of(admin).get(path, question)
        assert answer.status_code == 200
        return answer.content.decode()

    return text


@pytest.mark.parametrize("address", [PAGE, "/administration/sign-ins/", "/administration/api-usage/"])
def test_others_are_refused_and_strangers_asked_to_sign_in(
    page_of: Callable[[User], Client], operator: User, address: str
) -> None:
    assert page_of(operator).get(address).status_code == 403
    assert Client().get(address)["Location"].startswith("/sign-in/")


def test_an_entry_tells_who_did_what_and_how_it_was_before(
    page: Callable[..., str], operator: User, camera: Camera
) -> None:
    enrolment.edit_camera(camera, actor=operator, name="Back gate")
    audit_chain.seal_all()
    seal = AuditEntry.objects.get(verb=AuditVerb.CAMERA_EDITED).seal

    text = page()
    assert "operator@vms.example</span> edited a camera" in text
    assert f'<a href="/cameras/{camera.public_id}/">Back gate</a>' in text
    assert '<th scope="row">name</th><td class="change-before">Gate</td><td>Back gate</td>' in text
    assert f"number {seal.number}" in text
    assert seal.digest in text


def test_what_else_changed_in_the_row_stands_beside_what_the_verb_says(
    page: Callable[..., str], page_of: Callable[[User], Client], operator: User, camera: Camera
) -> None:
    page_of(operator).post(
        f"/cameras/{camera.public_id}/edit/", {"serial_number": "SN-1", "name": "X", "site": camera.site_id}
    )

    text = page(verb="camera_edited")
    assert '<th scope="row">vendor</th><td class="change-before">Acme</td><td>–</td>' in text


def test_it_is_narrowed_and_a_filter_that_makes_no_sense_finds_nothing(
    page: Callable[..., str], operator: User, camera: Camera
) -> None:
    enrolment.edit_camera(camera, actor=operator, name="Back gate")

    assert "enrolled a camera" not in page(verb="camera_edited").split("audit-rows")[-1]
    assert "edited a camera" in page(q="back gate", door="system", target_type="cameras.camera").split("audit-rows")[-1]
    assert "No entry fits these filters." in page(q="nowhere")
    assert "One of the filters makes no sense." in page(address="x")
    assert "No entry fits these filters." in page(before="2020-01-01T00:00")


def test_an_export_takes_the_same_question(page: Callable[..., str], camera: Camera) -> None:
    text = page(verb="camera_enrolled", after="2020-01-01T00:00")

    assert (
        '/api/v1/audit/export/?format=csv&amp;verb=camera_enrolled&amp;after=2020-01-01T00%3A00%3A00%2B00%3A00"' in text
    )


def test_one_goes_back_page_by_page(page: Callable[..., str]) -> None:
    for number in range(60):
        audit.record(actor=SYSTEM, verb=AuditVerb.NODE_EDITED, number=f"the {number}th")
    newest = page(verb="node_edited")
    oldest = AuditEntry.objects.order_by("pk").filter(verb=AuditVerb.NODE_EDITED)

    assert "the 59th" in newest
    assert "the 9th" not in newest
    assert f"older={oldest[10].pk}" in newest
    second = page(verb="node_edited", older=oldest[10].pk)
    assert "the 9th" in second
    assert "the 10th" not in second
    assert "the 59th" in page(verb="node_edited", older="nonsense")


def test_htmx_gets_the_rows_alone(page_of: Callable[[User], Client], admin: User) -> None:
    text = page_of(admin).get(PAGE, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in text
    assert 'id="audit-rows"' in text


def test_the_page_costs_the_same_for_one_row_and_for_forty(
    page_of: Callable[[User], Client], admin: User, operator: User, camera: Camera
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = page_of(admin)

    def queries() -> int:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        return len(captured)

    few = queries()
    for number in range(40):
        enrolment.edit_camera(camera, actor=operator, name=f"Gate {number}")
    assert queries() == few


def test_a_row_of_which_the_reader_may_not_know_is_named_but_not_linked(
    page: Callable[..., str], viewer: User, camera: Camera
) -> None:
    group = user_groups.add_user_group(name="Night shift", actor=SYSTEM)
    user_groups.remove_user_group(group, actor=SYSTEM)

    assert "Night shift" in page(verb="user_group_removed")


def test_attempts_to_sign_in_are_told(page: Callable[..., str], viewer: User) -> None:
    facts = {"method": "password", "door": "page", "address": "203.0.113.5", "country": "DE"}
    SignInAttempt.objects.create(email="nobody@vms.example", outcome="wrong", user_agent="Firefox/1 Linux", **facts)
    SignInAttempt.objects.create(email=viewer.email, user=viewer, outcome="signed_in", **facts)
    address = "/administration/sign-ins/"

    text = page(address)
    assert "nobody@vms.example" in text
    assert "no such account" in text
    assert "Firefox on Linux" in text
    assert "nobody@vms.example" not in page(address, outcome="signed_in").split("attempt-rows")[-1]
    assert "No attempt fits these filters." in page(address, email="x@y.example")
    assert "No attempt fits these filters." in page(address, address="not one")


def test_names_lead_to_pages_that_the_reader_may_open(
    page: Callable[..., str], page_of: Callable[[User], Client], make_user: Callable[..., User], admin: User
) -> None:
    own = roles.add_role(name="auditor", label="Auditor", scopes=["audit:read"], actor=admin)
    auditor = make_user("auditor")

    assert f'<a href="/administration/roles/{own.pk}/">Auditor</a>' in page(verb="role_added")
    theirs = page_of(auditor).get(PAGE, {"verb": "role_added"}).content.decode()
    assert "Auditor" in theirs
    assert "/administration/roles/" not in theirs
