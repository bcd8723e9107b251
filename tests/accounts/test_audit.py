"""An audit entry exists exactly when the change does, says from where, and is never changed."""

import ast

import pytest
from django.db import transaction
from django.test import Client, RequestFactory

from accounts import audit
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, Door
from accounts.models import AuditEntry, User
from cameras import enrolment
from cameras.models import Camera, Site
from vms.settings.env import BASE_DIR

FLOORS = ("accounts", "cameras", "streaming", "recordings", "alerts", "vms")


def test_an_entry_goes_away_with_the_change_that_was_rolled_back(site: Site, operator: User) -> None:
    before = AuditEntry.objects.count()

    with transaction.atomic():
        enrolment.enrol_camera(actor=operator, serial_number="SN-7", name="Door", site=site)
        transaction.set_rollback(True)

    assert AuditEntry.objects.count() == before
    assert not Camera.objects.filter(serial_number="SN-7").exists()


def test_an_entry_cannot_be_changed_or_deleted(camera: Camera) -> None:
    entry = AuditEntry.objects.get(verb=AuditVerb.CAMERA_ENROLLED)

    with pytest.raises(TypeError, match="cannot be changed"):
        entry.save()
    with pytest.raises(TypeError, match="cannot be deleted"):
        entry.delete()


def test_a_disabled_members_entries_stay_theirs(admin: User, camera: Camera) -> None:
    enrolment.edit_camera(camera, actor=admin, name="Back gate")
    User.objects.filter(pk=admin.pk).update(is_active=False)

    entry = AuditEntry.objects.get(verb=AuditVerb.CAMERA_EDITED)
    assert (entry.actor, entry.actor_label) == (admin, admin.email)
    assert entry.data == {"before": {"name": "Gate"}, "after": {"name": "Back gate"}}


@pytest.mark.django_db
def test_what_nobody_asked_for_is_done_by_the_system() -> None:
    entry = audit.record(actor=SYSTEM, verb=AuditVerb.NODE_REGISTERED)

    assert (entry.actor, entry.actor_label, entry.door, entry.address) == (None, "system", "system", None)


@pytest.mark.django_db
def test_an_entry_carries_the_address_and_the_id_of_its_request() -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "visit-0001"}

    Client().post("/sign-in/", {"username": "nobody@vms.example", "password": "wrong"}, headers=headers)

    entry = AuditEntry.objects.get()
    assert (entry.address, entry.request_id, entry.door) == ("203.0.113.9", "visit-0001", Door.PAGE)


@pytest.mark.django_db
def test_nothing_of_a_request_sticks_to_what_is_done_after_it() -> None:
    Client().post("/sign-in/", {}, headers={"X-Forwarded-For": "203.0.113.9"})

    entry = audit.record(actor=SYSTEM, verb=AuditVerb.NODE_REGISTERED)

    assert (entry.door, entry.address, entry.request_id) == (Door.SYSTEM, None, "")


@pytest.mark.django_db
@pytest.mark.parametrize("garbage", ["not an address", "1.2.3", "203.0.113.9, 198.51.100.x", "::ffff:zz"])
def test_a_garbage_proxy_header_does_not_break_the_request(garbage: str) -> None:
    answer = Client().post("/sign-in/", {"username": "x@vms.example"}, headers={"X-Forwarded-For": garbage})

    assert answer.status_code == 422
    assert AuditEntry.objects.get().address == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "door"),
    [("/api/v1/cameras/", Door.API), ("/admin/", Door.ADMIN), ("/internal/rtmp/publish", Door.NODE), ("/", Door.PAGE)],
)
@pytest.mark.django_db
def test_the_door_is_told_by_the_path(path: str, door: Door) -> None:
    entries: list[AuditEntry] = []

    def serve(request: object) -> None:
        entries.append(audit.record(actor=SYSTEM, verb=AuditVerb.NODE_REGISTERED))

    audit.AuditContextMiddleware(serve)(RequestFactory().get(path))  # type: ignore[arg-type]

    assert entries[0].door == door


def test_every_verb_is_used_by_some_room_or_door() -> None:
    """A word that nothing writes promises an entry that never comes."""
    used = {
        node.attr
        for floor in FLOORS
        for path in (BASE_DIR / floor).rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "AuditVerb"
    }

    assert {verb.name for verb in AuditVerb} - used == set()


def test_every_word_fits_its_column() -> None:
    length = AuditEntry._meta.get_field("verb").max_length or 0

    assert all(len(verb.value) <= length for verb in AuditVerb)
