"""Door for the clock."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from alerts import delivering, watching


@shared_task(name="alerts.deliver_webhooks")
def deliver_webhooks() -> None:
    """Bring to webhooks what is due."""
    delivering.deliver_in_turn()


@shared_task(name="alerts.trim_deliveries")
def trim_deliveries() -> None:
    """Forget deliveries that are old."""
    delivering.trim(before=timezone.now() - timedelta(days=settings.WEBHOOK_DELIVERIES_KEEP_DAYS))


@shared_task(name="alerts.watch")
def watch() -> None:
    """Ask the security rules."""
    watching.watch_all()
