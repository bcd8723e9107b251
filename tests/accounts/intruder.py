"""Somebody with a password of the database, who goes around the product."""

from typing import Any

from django.db import connection


def change_behind_the_back(statement: str, *values: Any) -> None:
    """Carry out SQL on the audit, past what guards it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('vms.audit_trimming', 'on', true)")
        cursor.execute(statement, values)
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('vms.audit_trimming', 'off', true)")
