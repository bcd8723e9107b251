"""Door for operators: write this machine's media node."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.audit import SYSTEM
from streaming import nodes


class Command(BaseCommand):
    """Registers the media node that this machine's settings describe."""

    help = "Register this machine as a media node (VMS_NODE_NAME, VMS_PUBLIC_HOST, ports)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the row."""
        node = nodes.register_node(actor=SYSTEM)
        self.stdout.write(f"media node {node.name}: rtmp://{node.host}:{node.rtmp_port}, rtmps port {node.rtmps_port}")
