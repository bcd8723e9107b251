#!/usr/bin/env python3
"""The key to the front door; nothing else."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.base")
    from django.core.management import execute_from_command_line  # noqa: PLC0415  (Django must find its settings first)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
