"""Whoever alters, removes or inserts an audit entry behind the product's back is found out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from accounts import audit, audit_chain, audit_proof, retention
from accounts.audit import SYSTEM
from accounts.audit_chain import GENESIS, Head
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, AuditSeal, UnsealedEntry
from tests.accounts.intruder import change_behind_the_back

pytestmark = pytest.mark.django_db
needs_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL does this")


def write(count: int) -> list[AuditEntry]:
    return [audit.record(actor=SYSTEM, verb=AuditVerb.NODE_REGISTERED, number=number) for number in range(count)]


@pytest.fixture
def entries() -> list[AuditEntry]:
    """Ten entries in the chain, numbers 1 to 10."""
    written = write(10)
    audit_chain.seal_all()
    return written


def verdict(*words: str) -> str:
    """What `manage.py verify_audit` prints."""
    out = StringIO()
    call_command("verify_audit", *words, stdout=out)
    return out.getvalue()


def complaint(*words: str) -> str:
    """What it ends with, with exit code 1."""
    with pytest.raises(CommandError) as raised:
        verdict(*words)
    assert raised.value.returncode == 1
    return str(raised.value)


def test_what_was_only_written_holds_and_its_head_is_told(entries: list[AuditEntry]) -> None:
    head = audit_chain.head()

    assert head is not None
    assert head.number == 10
    assert verdict() == f"The audit holds: 10 entries; 0 wait for their seals.\nhead {head}\n"


def test_numbers_follow_one_another_from_one_whatever_happened_to_other_transactions() -> None:
    write(2)
    with transaction.atomic():
        write(3)
        transaction.set_rollback(True)
    audit_chain.seal_all()
    write(2)
    audit_chain.seal_all()

    assert list(AuditSeal.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert audit_proof.prove().entries == 4


def test_a_digest_covers_the_digest_before_it(entries: list[AuditEntry]) -> None:
    first = AuditEntry.objects.filter(pk=entries[0].pk).values_list(*audit_chain.FIELDS).get()

    assert AuditSeal.objects.get(number=1).digest == audit_chain.digest_of(GENESIS, first)
    assert audit_chain.digest_of(GENESIS, first) != audit_chain.digest_of("1" * 64, first)


def test_entries_that_wait_for_their_seals_are_no_complaint(entries: list[AuditEntry]) -> None:
    write(3)

    assert "10 entries; 3 wait" in verdict()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_label", "somebody.else@vms.example"),
        ("verb", "signed_out"),
        ("target_id", "99"),
        ("target_label", "x"),
        ("data", '{"number": 99}'),
        ("door", "api"),
        ("address", "203.0.113.1"),
        ("request_id", "x"),
        ("at", "2030-01-01T00:00:00+00:00"),
    ],
)
def test_an_altered_entry_is_named(entries: list[AuditEntry], column: str, value: str) -> None:
    change_behind_the_back(f"UPDATE accounts_auditentry SET {column} = %s WHERE id = %s", value, entries[4].pk)

    told = complaint()
    assert f"number 5, entry {entries[4].pk}: the entry was altered" in told


def test_the_first_of_several_altered_entries_is_named(entries: list[AuditEntry]) -> None:
    for entry in (entries[7], entries[2]):
        change_behind_the_back("UPDATE accounts_auditentry SET door = 'api' WHERE id = %s", entry.pk)

    assert "number 3," in complaint()


def test_a_deleted_entry_is_named(entries: list[AuditEntry]) -> None:
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id = %s", entries[4].pk)

    assert f"number 5, entry {entries[4].pk}: the entry is missing" in complaint()


def test_an_entry_that_was_deleted_with_its_seal_is_missed(entries: list[AuditEntry]) -> None:
    change_behind_the_back("DELETE FROM accounts_auditseal WHERE number = 5")
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id = %s", entries[4].pk)

    assert "number 5: an entry is missing with its seal" in complaint()


def test_closing_the_gap_behind_a_deleted_entry_helps_nobody(entries: list[AuditEntry]) -> None:
    change_behind_the_back("DELETE FROM accounts_auditseal WHERE number = 5")
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id = %s", entries[4].pk)
    for number in range(6, 11):
        change_behind_the_back("UPDATE accounts_auditseal SET number = %s WHERE number = %s", number - 1, number)

    assert f"number 5, entry {entries[5].pk}: the entry was altered, or stands where another one stood" in complaint()


def test_the_first_entries_cannot_be_cut_off(entries: list[AuditEntry]) -> None:
    change_behind_the_back("DELETE FROM accounts_auditseal WHERE number <= 3")
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id <= %s", entries[2].pk)

    assert "number 1: 3 entries are missing together with their seals" in complaint()


def test_a_checkpoint_that_trimming_did_not_leave_is_no_beginning(entries: list[AuditEntry]) -> None:
    change_behind_the_back("DELETE FROM accounts_auditseal WHERE number < 3")
    change_behind_the_back("UPDATE accounts_auditseal SET entry_id = NULL WHERE number = 3")
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id <= %s", entries[2].pk)

    assert "number 3: the chain begins here, but nothing in the audit says" in complaint()


def test_an_inserted_entry_is_named(entries: list[AuditEntry]) -> None:
    forged = AuditEntry.objects.create(actor_label="x", verb=AuditVerb.SIGNED_IN, door="page")

    assert f"entry {forged.pk}: the entry was inserted" in complaint()


def test_an_entry_that_was_inserted_with_a_seal_is_named(entries: list[AuditEntry]) -> None:
    forged = AuditEntry.objects.create(actor_label="x", verb=AuditVerb.SIGNED_IN, door="page")
    AuditSeal.objects.create(number=11, entry=forged, digest="a" * 64)

    assert f"number 11, entry {forged.pk}:" in complaint()


def test_two_entries_that_changed_places_are_found(entries: list[AuditEntry]) -> None:
    for number, entry_id in ((0, entries[3].pk), (4, entries[7].pk), (8, entries[3].pk)):
        change_behind_the_back("UPDATE accounts_auditseal SET entry_id = NULL WHERE number = %s", number or 8)
        change_behind_the_back("UPDATE accounts_auditseal SET entry_id = NULL WHERE number = %s", number or 4)
        if number:
            change_behind_the_back("UPDATE accounts_auditseal SET entry_id = %s WHERE number = %s", entry_id, number)
        if number == 4:
            change_behind_the_back("UPDATE accounts_auditseal SET entry_id = %s WHERE number = 8", entries[3].pk)

    assert f"number 4, entry {entries[7].pk}:" in complaint()


def test_an_entry_that_was_removed_before_it_was_sealed_is_missed(entries: list[AuditEntry]) -> None:
    waiting = write(2)[0]
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id = %s", waiting.pk)
    audit_chain.seal_all()

    assert f"entry {waiting.pk}: the entry is missing, it was removed before it was sealed" in complaint()


def test_what_can_not_be_sealed_keeps_nobody_else_from_it(
    entries: list[AuditEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = write(3)
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id >= %s", gone[0].pk)
    UnsealedEntry.objects.create(entry=entries[0])
    written = write(1)[0]

    assert [audit_chain.seal(most=2), audit_chain.seal(most=2)] == [1, 0]
    assert AuditSeal.objects.filter(entry=written).exists()
    assert f"entry {entries[0].pk}: the entry is sealed, and somebody has put it among those that wait" in complaint()


def test_only_a_head_from_elsewhere_shows_that_the_end_was_cut_off(entries: list[AuditEntry]) -> None:
    head = audit_chain.head()
    change_behind_the_back("DELETE FROM accounts_auditseal WHERE number > 8")
    change_behind_the_back("DELETE FROM accounts_auditentry WHERE id >= %s", entries[8].pk)

    assert "8 entries" in verdict()
    assert "number 9: the end of the chain was cut off: it once reached number 10" in complaint("--expect", str(head))


def test_a_head_from_elsewhere_holds_while_the_chain_grows(entries: list[AuditEntry]) -> None:
    head = audit_chain.head()
    write(5)
    audit_chain.seal_all()

    assert "15 entries" in verdict("--expect", str(head))


def test_a_chain_that_was_computed_anew_is_found_by_a_head_from_elsewhere(entries: list[AuditEntry]) -> None:
    head = audit_chain.head()
    change_behind_the_back("UPDATE accounts_auditentry SET door = 'api' WHERE id = %s", entries[4].pk)
    change_behind_the_back("DELETE FROM accounts_auditseal")
    UnsealedEntry.objects.bulk_create(UnsealedEntry(entry=entry) for entry in entries)
    audit_chain.seal_all()

    assert "10 entries" in verdict()
    assert "another digest was noted down" in complaint("--expect", str(head))


@pytest.mark.parametrize("garbage", ["", "10", "x:y", "10:abc", ":" + "0" * 64])
def test_a_head_that_is_none_is_told(garbage: str) -> None:
    with pytest.raises(CommandError, match="Write a head as it is printed"):
        call_command("verify_audit", f"--expect={garbage}")


def test_the_chain_of_nothing_holds() -> None:
    assert "There is no head yet." in verdict()


class TestTrimming:
    """The oldest part goes when its time has come; what is left can still be proven."""

    @pytest.fixture
    def old(self, entries: list[AuditEntry], monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
        """The ten entries, followed by five of today, and the ten are a year old."""
        for entry in entries:
            at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=entry.pk % 1000)
            change_behind_the_back("UPDATE accounts_auditentry SET at = %s WHERE id = %s", at, entry.pk)
        change_behind_the_back("DELETE FROM accounts_auditseal")
        UnsealedEntry.objects.bulk_create(UnsealedEntry(entry=entry) for entry in entries)
        write(5)
        audit_chain.seal_all()
        return entries

    def trim(self) -> int:
        return retention.trim_audit(before=timezone.now() - timedelta(days=365))

    def test_old_entries_go_and_the_rest_holds(self, old: list[AuditEntry]) -> None:
        checkpoint = Head(10, AuditSeal.objects.get(number=10).digest)

        assert self.trim() == 10
        audit_chain.seal_all()

        assert not AuditEntry.objects.filter(pk__in=[entry.pk for entry in old]).exists()
        proof = audit_proof.prove()
        assert (proof.checkpoint, proof.entries) == (checkpoint, 6)
        assert "6 entries since number 10, before which it was trimmed" in verdict()

    def test_trimming_says_so_in_the_audit(self, old: list[AuditEntry]) -> None:
        digest = AuditSeal.objects.get(number=10).digest
        self.trim()

        entry = AuditEntry.objects.get(verb=AuditVerb.AUDIT_TRIMMED)
        assert (entry.actor_label, entry.data["number"], entry.data["digest"]) == ("system", 10, digest)
        assert entry.data["entries"] == 10

    def test_nothing_old_nothing_done(self, entries: list[AuditEntry]) -> None:
        assert self.trim() == 0
        assert not AuditEntry.objects.filter(verb=AuditVerb.AUDIT_TRIMMED).exists()

    def test_it_holds_after_several_trims_and_in_small_steps(
        self, old: list[AuditEntry], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "_BATCH", 4)
        assert self.trim() == 10
        audit_chain.seal_all()
        assert self.trim() == 0

        assert audit_proof.prove().checkpoint == Head(10, AuditSeal.objects.get(number=10).digest)
        assert AuditEntry.objects.filter(verb=AuditVerb.AUDIT_TRIMMED).count() == 3

    def test_what_is_not_sealed_stays(self, old: list[AuditEntry]) -> None:
        waiting = write(1)[0]
        change_behind_the_back("UPDATE accounts_auditentry SET at = '2020-01-01' WHERE id = %s", waiting.pk)

        self.trim()

        assert AuditEntry.objects.filter(pk=waiting.pk).exists()

    def test_trimming_does_not_destroy_what_proves_that_somebody_was_there(
        self, old: list[AuditEntry], caplog: pytest.LogCaptureFixture
    ) -> None:
        change_behind_the_back("UPDATE accounts_auditentry SET door = 'api' WHERE id = %s", old[4].pk)

        assert self.trim() == 4
        assert "number 5" in caplog.text
        assert f"number 5, entry {old[4].pk}" in complaint()

    def test_an_altered_entry_after_the_checkpoint_is_named(self, old: list[AuditEntry]) -> None:
        self.trim()
        change_behind_the_back("UPDATE accounts_auditentry SET door = 'api' WHERE id = %s", old[9].pk + 2)

        assert "number 12," in complaint()

    def test_a_head_that_was_trimmed_proves_nothing_and_says_so(self, old: list[AuditEntry]) -> None:
        early = Head(3, AuditSeal.objects.get(number=3).digest)
        self.trim()

        assert "has been trimmed; keep a head from 10 on" in complaint("--expect", str(early))

    def test_all_of_it_may_go(self, entries: list[AuditEntry]) -> None:
        assert retention.trim_audit(before=timezone.now() + timedelta(hours=1)) == 10
        audit_chain.seal_all()

        assert audit_proof.prove().entries == 1


@needs_postgresql
@pytest.mark.parametrize("table", ["accounts_auditentry", "accounts_auditseal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET digest = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_is_written(entries: Any, table: str, statement: str) -> None:
    if table == "accounts_auditentry":
        statement = statement.replace("digest", "door")
    with pytest.raises(DatabaseError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_querysets_refuse_it_on_every_database(entries: list[AuditEntry]) -> None:
    with pytest.raises(TypeError, match="cannot be changed"):
        AuditEntry.objects.update(door="api")
    with pytest.raises(TypeError, match="cannot be deleted"):
        AuditEntry.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@needs_postgresql
def test_many_writers_and_sealers_at_once_leave_one_chain() -> None:
    """Writers commit in another order than they began, half of them roll back, and four sealers push each other."""
    start = Barrier(9)

    def writer(number: int) -> None:
        start.wait()
        for turn in range(20):
            with transaction.atomic():
                write(2)
                if (turn + number) % 2:
                    transaction.set_rollback(True)

    def sealer(wait: bool) -> None:
        start.wait()
        for _ in range(40):
            audit_chain.seal(wait=wait)

    in_parallel(
        [
            *(lambda number=number: writer(number) for number in range(5)),
            *(lambda wait=wait: sealer(wait) for wait in (True, True, False, False)),
        ]
    )
    audit_chain.seal_all()

    assert list(AuditSeal.objects.values_list("number", flat=True)) == list(range(1, 101))
    assert AuditEntry.objects.count() == 100
    assert audit_proof.prove().waiting == 0


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_sealed_soon_after_its_commit_and_a_storm_does_not_seal_once_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed: list[int] = []
    really_seal = audit_chain.seal
    monkeypatch.setattr(audit_chain, "seal", lambda **words: sealed.append(really_seal(**words)) or sealed[-1])
    monkeypatch.setattr(audit_chain, "_pace", audit_chain.Pace(3600))

    write(50)

    assert sealed == [1]
    assert UnsealedEntry.objects.count() == 49


def in_parallel(jobs: list[Callable[[], None]]) -> None:
    errors: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_pace_lets_pass_once_in_a_while() -> None:
    now = [100.0]
    pace = audit_chain.Pace(1.0, clock=lambda: now[0])

    assert [pace.allows(), pace.allows()] == [True, False]
    now[0] += 1.0
    assert pace.allows()
