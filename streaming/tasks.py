"""Door for the clock."""

from celery import shared_task

from streaming import nodes
from streaming.models import MediaNode


@shared_task(name="streaming.observe_nodes")
def observe_nodes() -> None:
    """Compare what every node has with what is written of it."""
    for node in MediaNode.objects.all():
        nodes.observe_node(node)
