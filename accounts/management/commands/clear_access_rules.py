"""Door for whoever has a shell: the way back in, when the access rules turn away those who could change them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import access_rules
from accounts.audit import SYSTEM


class Command(BaseCommand):
    """Switches every access rule off; they stay on the page, where each can be switched on again or removed."""

    help = "Switch every access rule off, for when they have locked their authors out. They stay, and can be switched on again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do so, and say what else may be in the way."""
        count = access_rules.switch_all_off(actor=SYSTEM)
        self.stdout.write(f"{count} access rule{'' if count == 1 else 's'} switched off; this holds within seconds.")
        if settings.ACCESS_DEFAULT == "deny":
            self.stdout.write(
                "VMS_ACCESS_DEFAULT=deny still turns everybody away. Set it to allow and restart the web process."
            )
