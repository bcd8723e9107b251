"""Door for the clock."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from streaming import attempts, nodes
from streaming.models import MediaNode


@shared_task(name="streaming.observe_nodes")
def observe_nodes() -> None:
    """Compare what every node has with what is written of it."""
    for node in MediaNode.objects.all():
        nodes.observe_node(node)


@shared_task(name="streaming.trim_attempts")
def trim_attempts() -> None:
    """Forget refused publishes that have been kept for as long as the policy says; 0 days keep for ever."""
    if settings.PUBLISH_ATTEMPTS_KEEP_DAYS:
        attempts.trim(before=timezone.now() - timedelta(days=settings.PUBLISH_ATTEMPTS_KEEP_DAYS))
