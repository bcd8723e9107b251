"""Door for operators: write this machine's nginx configuration."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from streaming import node_config


class Command(BaseCommand):
    """Writes the media node's nginx configuration from the settings, once `nginx -t` has accepted it."""

    help = "Write the media node's nginx configuration (default: <RUN_ROOT>/nginx.conf), checked with nginx -t."

    def add_arguments(self, parser: CommandParser) -> None:
        """--output."""
        parser.add_argument("--output", type=Path, default=settings.RUN_ROOT / "nginx.conf")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, or say what nginx does not like."""
        try:
            node_config.write(options["output"])
        except (node_config.NodeConfigRefused, OSError) as error:
            raise CommandError(f"The configuration was not written: {error}") from error
        self.stdout.write(f"wrote {options['output']}")
