"""What may be done later: names of tasks, so that rooms need not know the tasks."""

from functools import partial

from celery import current_app
from django.db import transaction

from streaming.models import PublishSession


def recorder_queue(node_name: str) -> str:
    """The queue of a node's own recorder: footage is written where the stream arrives."""
    return f"recorder.{node_name}"


def queue_capture(session: PublishSession) -> None:
    """Record a publish session on its node."""
    transaction.on_commit(
        partial(
            current_app.send_task,
            "recordings.capture",
            args=[str(session.pk)],
            queue=recorder_queue(session.node.name),
            expires=30,
        ),
        robust=True,
    )


def queue_reconcile_node(node_name: str) -> None:
    """Have a node's recorder compare what is wanted with what runs."""
    transaction.on_commit(
        partial(
            current_app.send_task,
            "recordings.reconcile_node",
            args=[node_name],
            queue=recorder_queue(node_name),
            expires=20,
        ),
        robust=True,
    )


def queue_reconcile_all_nodes() -> None:
    """Do so on every node."""
    transaction.on_commit(partial(current_app.send_task, "recordings.reconcile_all_nodes", expires=20), robust=True)
