"""Door for the clock and for the recorder's queue."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings

from recordings import queueing, tiers
from recordings.capture import reconciling, recorder, running
from recordings.capture.catalogue import short_connection
from streaming.models import MediaNode, PublishSession


@shared_task(name="recordings.capture")
def capture(session_id: str) -> None:
    """Record one publish session; lives as long as the session."""
    with short_connection():
        session = PublishSession.objects.open_now().select_related("camera", "node").filter(pk=session_id).first()
        tier = tiers.hot_tier_of(session.node) if session else None
    if session is not None and tier is not None:
        recorder.record(session, tier=tier)
        # A camera that came back while this recording was ending is waiting for its own.
        queueing.queue_reconcile_node(session.node.name)


@shared_task(name="recordings.reconcile_all_nodes")
def reconcile_all_nodes() -> None:
    """Ask every node's recorder to compare what should be recorded with what is."""
    for name in MediaNode.objects.values_list("name", flat=True):
        queueing.queue_reconcile_node(name)


@shared_task(name="recordings.reconcile_node")
def reconcile_node(node_name: str) -> None:
    """Do so on this node."""
    with short_connection():
        reconciling.reconcile(MediaNode.objects.get(name=node_name))


@worker_ready.connect
def on_worker_ready(sender: Any, **kwargs: Any) -> None:
    """A recorder that has just started does not wait for the clock."""
    queues = sender.app.amqp.queues.consume_from
    if queueing.recorder_queue(settings.NODE_NAME) in queues:
        running.settle_memory()
        running.take_turns_calmly()
        queueing.queue_reconcile_node(settings.NODE_NAME)


@worker_shutting_down.connect
def on_worker_shutting_down(**kwargs: Any) -> None:
    """End every file cleanly; Celery waits for the tasks."""
    running.stop_everything()
