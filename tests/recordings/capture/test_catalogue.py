"""The recorder's way to the database: for a moment, and never with footage waiting for a server that is away."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction

from recordings.capture import catalogue
from recordings.capture.catalogue import short_connection
from recordings.capture.fragments import Fragment
from recordings.capture.init_segment import InitSegment
from recordings.models import Recording, StorageTier
from streaming import ingest
from streaming.choices import EndReason
from streaming.models import PublishSession


@pytest.mark.django_db(transaction=True)
def test_a_server_that_went_away_is_not_asked_again_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no server")
    monkeypatch.setattr(catalogue, "_away_until", 0.0)
    with pytest.raises(OperationalError), short_connection(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError, match="a moment ago"), short_connection():
        pass
    monkeypatch.setattr(catalogue, "_away_until", time.monotonic())
    with short_connection(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@pytest.mark.django_db(transaction=True)
def test_a_server_that_says_no_is_not_away() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no server")
    with pytest.raises(OperationalError), short_connection(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE deadlock_detected; END $$")
    with short_connection(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@pytest.mark.ffmpeg
@pytest.mark.django_db(transaction=True)
def test_a_row_does_not_wait_for_what_is_written_about_its_publish(
    session: PublishSession, tier: StorageTier, parts: tuple[InitSegment, list[Fragment]]
) -> None:
    """Whoever ends publishes locks them, and then their cameras; a new recording refers to both, and waits for neither."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    recording_id = uuid4()

    def open_row() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
                now_us = catalogue.us_of(datetime.now(UTC))
                facts = {"session": session, "run_id": uuid4(), "tier": tier, "init": parts[0], "started_us": now_us}
                catalogue.open_row(recording_id, **facts)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)
        pool.submit(open_row).result(timeout=20)
    assert Recording.objects.get().pk == recording_id
