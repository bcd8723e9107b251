"""The audit can be searched, read, exported, and its head noted down; by those who may."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import AsyncClient
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import api_tokens, audit, audit_chain, audit_export, audit_search, membership
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, Role, User
from cameras import enrolment
from cameras.models import Camera, Site
from tests.accounts.intruder import change_behind_the_back

ADDRESS = "/api/v1/audit/"


@pytest.fixture
def ask(api_of: Callable[[User], APIClient], admin: User) -> Callable[..., Any]:
    """What the API answers an administrator: `ask(verb="camera_edited")`."""

    def answer_to(path: str = ADDRESS, **question: Any) -> Any:
        answer = api_of(admin).get(path, question)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return answer_to


@pytest.fixture
def edited(api_of: Callable[[User], APIClient], operator: User, camera: Camera) -> AuditEntry:
    """An operator has renamed a camera through the API."""
    api_of(operator).patch(
        f"/api/v1/cameras/{camera.public_id}/",
        {"name": "Back gate"},
        headers={"X-Request-ID": "visit-0001"},
        REMOTE_ADDR="198.51.100.7",
    )
    return AuditEntry.objects.get(verb=AuditVerb.CAMERA_EDITED)


def test_an_entry_tells_who_what_where_and_what_changed(ask: Callable[..., Any], edited: AuditEntry) -> None:
    audit_chain.seal_all()
    told = ask()["results"]
    entry = next(one for one in told if one["verb"] == "camera_edited")

    assert entry["actor_label"] == "operator@vms.example"
    assert (entry["target_type"], entry["target_label"]) == ("cameras.camera", "Back gate")
    assert entry["data"] == {"before": {"name": "Gate"}, "after": {"name": "Back gate"}}
    assert (entry["door"], entry["address"], entry["request_id"]) == ("api", "198.51.100.7", "visit-0001")
    assert entry["changes"][0]["changed"] == [{"field": "name", "before": "Gate", "after": "Back gate"}]
    assert entry["number"] == edited.seal.number
    assert entry["digest"] == edited.seal.digest


def test_the_newest_comes_first_and_pages_do_not_overlap(ask: Callable[..., Any], camera: Camera) -> None:
    for number in range(7):
        audit.record(actor=SYSTEM, verb=AuditVerb.NODE_EDITED, number=number)
    seen: list[int] = []
    page = ask(page_size=3, verb="node_edited")
    while True:
        seen += [entry["data"]["number"] for entry in page["results"]]
        if page["next"] is None:
            break
        page = ask(page["next"].removeprefix("http://testserver"))

    assert seen == [6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "question",
    [
        {"verb": "camera_edited"},
        {"target_type": "cameras.camera", "door": "api"},
        {"address": "198.51.100.7"},
        {"request_id": "visit-0001"},
        {"q": "back GATE operator@vms"},
        {"door": "api"},
    ],
)
def test_it_is_narrowed_by(ask: Callable[..., Any], edited: AuditEntry, question: dict[str, str]) -> None:
    assert [entry["id"] for entry in ask(**question)["results"]] == [edited.pk]


def test_it_is_narrowed_by_actor_target_and_time(
    ask: Callable[..., Any], edited: AuditEntry, operator: User, camera: Camera
) -> None:
    [entry] = ask(actor=operator.pk)["results"]
    assert entry["id"] == edited.pk
    verbs = [one["verb"] for one in ask(target_type="cameras.camera", target_id=camera.pk)["results"]]
    assert verbs == ["camera_edited", "camera_enrolled"]
    assert ask(before=edited.at.isoformat(), verb="camera_edited")["results"] == []
    assert len(ask(after=edited.at.isoformat(), verb="camera_edited")["results"]) == 1


def test_it_is_narrowed_by_token(
    ask: Callable[..., Any], api_of: Callable[[User], APIClient], operator: User, camera: Camera
) -> None:
    issued = api_tokens.issue(owner=operator, name="Fitter", scopes=["cameras:read", "cameras:write"], actor=operator)
    APIClient().patch(
        f"/api/v1/cameras/{camera.public_id}/", {"place": "Roof"}, headers={"Authorization": f"Bearer {issued.text}"}
    )

    [entry] = ask(token=issued.token.pk)["results"]
    assert (entry["verb"], entry["token"], entry["actor"]) == ("camera_edited", issued.token.pk, operator.pk)


@pytest.mark.parametrize(
    "question",
    [
        {"verb": "x"},
        {"door": "x"},
        {"address": "x"},
        {"actor": "x"},
        {"after": "yesterday"},
        {"cursor": "x"},
        {"q": "\x00"},
    ],
)
def test_a_question_that_makes_no_sense_is_told(
    api_of: Callable[[User], APIClient], admin: User, question: dict[str, str]
) -> None:
    assert api_of(admin).get(ADDRESS, question).status_code == 400


@pytest.mark.parametrize("text", ["%", "_", "'", '"', "\\", "{", "100%"])
def test_words_are_words_and_no_patterns(ask: Callable[..., Any], camera: Camera, text: str) -> None:
    audit.record(actor=SYSTEM, verb=AuditVerb.NODE_EDITED, target=camera)
    found = ask(q=f"nothing{text}like this")["results"]

    assert found == []


def test_a_single_entry_tells_every_row_that_changed_during_its_request(
    ask: Callable[..., Any], api_of: Callable[[User], APIClient], operator: User, camera: Camera
) -> None:
    api_of(operator).post("/api/v1/stream-keys/", {"camera": camera.public_id}, headers={"X-Request-ID": "visit-0002"})
    entry = AuditEntry.objects.get(verb=AuditVerb.STREAM_KEY_ISSUED)

    told = ask(f"{ADDRESS}{entry.pk}/")
    assert [(row["target_type"], row["action"]) for row in told["changes"]] == [("streaming.streamkey", "create")]
    assert "digest" not in {field["field"] for row in told["changes"] for field in row["changed"]}


def test_the_head_is_told(ask: Callable[..., Any], camera: Camera) -> None:
    assert ask(f"{ADDRESS}head/") == {"number": None, "digest": None}
    audit_chain.seal_all()

    head = audit_chain.head()
    assert head is not None
    assert ask(f"{ADDRESS}head/") == {"number": head.number, "digest": head.digest}


@pytest.mark.parametrize("path", ["audit", "audit/head", "audit/export", "sign-in-attempts"])
def test_only_those_who_may_read_the_audit_do(api_of: Callable[[User], APIClient], operator: User, path: str) -> None:
    assert api_of(operator).get(f"/api/v1/{path}/").status_code == 403
    assert APIClient().get(f"/api/v1/{path}/").status_code == 401


def test_a_token_that_reaches_only_some_cameras_reads_no_audit(admin: User, camera: Camera) -> None:
    issued = api_tokens.issue(owner=admin, name="Auditor", scopes=["audit:read"], actor=admin)
    headers = {"Authorization": f"Bearer {issued.text}"}
    assert APIClient().get(ADDRESS, headers=headers).json()["results"] != []

    type(issued.token).objects.filter(pk=issued.token.pk).update(restricted=True)
    assert APIClient().get(ADDRESS, headers=headers).json()["results"] == []


def test_nobody_writes_through_the_api(api_of: Callable[[User], APIClient], admin: User, edited: AuditEntry) -> None:
    client = api_of(admin)
    for method in (client.post, client.patch, client.delete, client.put):
        assert method(f"{ADDRESS}{edited.pk}/", {}).status_code == 405


class TestExport:
    """What was found goes along, as a stream, and that is audited."""

    def export(self, client: APIClient, **question: str) -> Any:
        answer = client.get(f"{ADDRESS}export/", question)
        assert answer.status_code == 200, answer.content
        return answer

    def test_json_lines(self, api_of: Callable[[User], APIClient], admin: User, edited: AuditEntry) -> None:
        audit_chain.seal_all()
        answer = self.export(api_of(admin))
        lines = [json.loads(line) for line in answer.getvalue().decode().splitlines()]

        assert answer["Content-Type"] == "application/x-ndjson"
        assert 'filename="audit.jsonl"' in answer["Content-Disposition"]
        assert len(lines) == AuditEntry.objects.count()
        assert lines[0]["verb"] == "audit_exported"
        assert lines[1]["changes"][0]["changed"] == [{"field": "name", "before": "Gate", "after": "Back gate"}]
        assert lines[1]["digest"] == edited.seal.digest

    def test_csv(self, api_of: Callable[[User], APIClient], admin: User, edited: AuditEntry) -> None:
        answer = self.export(api_of(admin), format="csv", verb="camera_edited")
        rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

        assert [(row["verb"], json.loads(row["data"])["after"]) for row in rows] == [
            ("camera_edited", {"name": "Back gate"})
        ]

    def test_a_name_that_a_spreadsheet_would_carry_out_is_disarmed(
        self, api_of: Callable[[User], APIClient], admin: User, site: Site
    ) -> None:
        enrolment.enrol_camera(actor=SYSTEM, serial_number="SN-7", name="=HYPERLINK(1)", site=site)
        answer = self.export(api_of(admin), format="csv", verb="camera_enrolled")

        [row] = csv.DictReader(io.StringIO(answer.getvalue().decode()))
        assert row["target_label"] == "'=HYPERLINK(1)"

    def test_an_export_says_so_in_the_audit(self, api_of: Callable[[User], APIClient], admin: User) -> None:
        self.export(api_of(admin), format="csv", verb="camera_edited", q="gate").getvalue()

        entry = AuditEntry.objects.get(verb=AuditVerb.AUDIT_EXPORTED)
        assert entry.actor == admin
        assert entry.data == {"format": "csv", "criteria": {"verb": "camera_edited", "q": "gate"}}

    def test_a_format_or_filter_that_is_none_is_told(self, api_of: Callable[[User], APIClient], admin: User) -> None:
        for question in ({"format": "xml"}, {"verb": "x"}):
            assert api_of(admin).get(f"{ADDRESS}export/", question).status_code == 400
        assert not AuditEntry.objects.filter(verb=AuditVerb.AUDIT_EXPORTED).exists()

    @pytest.mark.parametrize("accepted", ["text/csv", "application/x-ndjson", "application/json", "*/*"])
    def test_a_client_may_say_what_it_takes(
        self, api_of: Callable[[User], APIClient], admin: User, accepted: str
    ) -> None:
        assert api_of(admin).get(f"{ADDRESS}export/", headers={"Accept": accepted}).status_code == 200

    def test_equal_instants_lose_nothing_and_double_nothing(
        self, api_of: Callable[[User], APIClient], admin: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(audit_search, "_PAGE", 2)
        written = [audit.record(actor=SYSTEM, verb=AuditVerb.NODE_EDITED) for _ in range(7)]
        change_behind_the_back("UPDATE accounts_auditentry SET at = %s", timezone.now())
        lines = self.export(api_of(admin), verb="node_edited").getvalue().decode().splitlines()

        assert [json.loads(line)["id"] for line in lines] == [entry.pk for entry in reversed(written)]

    def test_no_more_than_a_page_of_it_is_in_memory(self, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(audit_search, "_PAGE", 2)
        for _ in range(5):
            audit.record(actor=SYSTEM, verb=AuditVerb.NODE_EDITED)
        entries = AuditEntry.objects.filter(verb=AuditVerb.NODE_EDITED)
        pieces = audit_export.begin(entries, form="jsonl", criteria={}, actor=SYSTEM)

        assert [piece.count("\n") for piece in pieces] == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
async def test_an_asgi_server_sends_the_export_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    from asgiref.sync import sync_to_async

    monkeypatch.setattr(audit_search, "_PAGE", 2)
    client = AsyncClient()

    def prepare() -> None:
        admin = membership.add_member(
            email="a@vms.example", name="A", role=Role.objects.get(name="admin"), password=None, actor=SYSTEM
        )
        for _ in range(5):
            audit.record(actor=SYSTEM, verb=AuditVerb.NODE_EDITED)
        client.force_login(admin)

    await sync_to_async(prepare)()
    answer: Any = await client.get(f"{ADDRESS}export/?verb=node_edited")
    parts: AsyncIterator[bytes] = answer.streaming_content

    assert answer.is_async
    assert [part.count(b"\n") async for part in parts] == [2, 2, 1]
    await sync_to_async(connections.close_all)()


def test_the_kinds_of_rows_that_there_are_entries_about(camera: Camera, operator: User) -> None:
    assert audit_search.target_types() == ["accounts.user", "cameras.camera", "cameras.site"]


def test_narrowing_by_hand_finds_the_same(edited: AuditEntry, operator: User) -> None:
    now = timezone.now() + timedelta(minutes=1)
    found = audit_search.narrowed(
        AuditEntry.objects.all(), actor=operator.pk, q="gate", before=now, after=None, verb="", door="api"
    )

    assert list(found) == [edited]
