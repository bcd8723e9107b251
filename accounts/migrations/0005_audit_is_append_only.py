"""The database itself keeps audit entries from being changed, and finds words in them quickly. PostgreSQL only."""

from django.db import DatabaseError, migrations, transaction

_GUARD = """
CREATE OR REPLACE FUNCTION accounts_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('vms.audit_trimming', true) = 'on' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
_TABLES = ("accounts_auditentry", "accounts_auditseal")
# The expression is that of accounts.audit_search.Words; the planner finds the index only while both are the same.
_WORDS = """
CREATE INDEX accounts_auditentry_words ON accounts_auditentry
USING gin (UPPER(actor_label || ' ' || target_label || ' ' || target_id || ' ' || data::text) gin_trgm_ops)
"""


def guard(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(_GUARD, params=None)
    for table in _TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION accounts_audit_is_append_only()",
            params=None,
        )


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in _TABLES:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS append_only ON {table}", params=None)
    schema_editor.execute("DROP FUNCTION IF EXISTS accounts_audit_is_append_only()", params=None)


def index_words(apps, schema_editor):
    """Where the extension may not be had, a search reads the table."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", params=None)
            schema_editor.execute(_WORDS, params=None)
    except DatabaseError as error:
        print(f"\n  The audit is searched without an index: {error}".rstrip())


def drop_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS accounts_auditentry_words", params=None)


def queue_earlier_entries(apps, schema_editor):
    """Entries from before the chain wait for their seals, too."""
    schema_editor.execute(
        "INSERT INTO accounts_unsealedentry (entry_id) SELECT e.id FROM accounts_auditentry e"
        " WHERE NOT EXISTS (SELECT 1 FROM accounts_auditseal s WHERE s.entry_id = e.id)",
        params=None,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_audit_chain")]

    operations = [
        migrations.RunPython(queue_earlier_entries, migrations.RunPython.noop),
        migrations.RunPython(guard, unguard),
        migrations.RunPython(index_words, drop_words),
    ]
