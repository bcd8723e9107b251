"""What may be done later: names of tasks, so that rooms need not know the tasks."""

import logging
from functools import partial
from typing import Any

import redis
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.redis_breaker import in_passing
from streaming.models import PublishSession

logger = logging.getLogger(__name__)


def recorder_queue(node_name: str) -> str:
    """The queue of a node's own recorder: footage is written where the stream arrives."""
    return f"recorder.{node_name}"


def queue_capture(session: PublishSession) -> None:
    """Record a publish session on its node."""
    _queue("recordings.capture", args=[str(session.pk)], queue=recorder_queue(session.node.name), expires=30)


def queue_reconcile_node(node_name: str) -> None:
    """Have a node's recorder compare what is wanted with what runs."""
    _queue("recordings.reconcile_node", args=[node_name], queue=recorder_queue(node_name), expires=20)


def queue_reconcile_all_nodes() -> None:
    """Do so on every node."""
    _queue("recordings.reconcile_all_nodes", expires=20)


def _queue(name: str, **options: Any) -> None:
    transaction.on_commit(partial(_send, name, **options), robust=True)


def _send(name: str, **options: Any) -> None:
    """What Redis does not take is only logged: the clock has every node reconciled soon."""
    if in_passing.is_open():
        return
    try:
        current_app.send_task(name, **options)
    except OperationalError as error:
        if isinstance(error.__cause__, redis.TimeoutError):
            in_passing.failed()
        logger.warning("%s not queued: %s", name, error)
    else:
        in_passing.worked()
