"""Make the built-in roles."""

from typing import Any

from django.db import migrations

from accounts.scopes import BUILTIN_ROLES


def make_roles(apps: Any, schema_editor: Any) -> None:
    """Write each role with the scopes it has today."""
    role = apps.get_model("accounts", "Role")
    for name, (label, scopes) in BUILTIN_ROLES.items():
        role.objects.update_or_create(
            name=name, defaults={"label": label, "scopes": sorted(scopes), "builtin": True}
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
