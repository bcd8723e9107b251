"""Somebody with a password of the database, who goes around the product."""

from datetime import datetime
from typing import Any

from django.db import connection


def change_behind_the_back(statement: str, *values: Any) -> None:
    """Carry out SQL on the audit, past what guards it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('vms.audit_trimming', 'on', true)")
        cursor.execute(statement, [_as_stored(value) for value in values])
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('vms.audit_trimming', 'off', true)")


def _as_stored(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
