"""The recorder's way to the database: for a moment, and never with footage waiting for a server that is away."""

import time

import pytest
from django.db import OperationalError, connection

from recordings.capture import catalogue
from recordings.capture.catalogue import short_connection


@pytest.mark.django_db(transaction=True)
def test_a_server_that_went_away_is_not_asked_again_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no server")
    with pytest.raises(OperationalError), short_connection(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError, match="a moment ago"), short_connection():
        pass
    monkeypatch.setattr(catalogue, "_away_until", time.monotonic())
    with short_connection(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
