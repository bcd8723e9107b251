"""Celery: queues, and everything the clock does on one screen."""

from celery.schedules import crontab

from vms.settings.alerts import SECURITY_WATCH_SECONDS
from vms.settings.audit import AUDIT_SEAL_SECONDS
from vms.settings.env import env
from vms.settings.live import REDIS_TIMEOUTS, REDIS_URL
from vms.settings.media import RECORDER_RECONCILE_SECONDS

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "vms"
# A late-acknowledged task would be delivered again after the broker's visibility timeout, and a second recorder
# would be started for a camera that is being recorded.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "vms:queue:", **REDIS_TIMEOUTS}
# Once more for a connection that a restart of Redis has left behind; who queues is on the way of a publish.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}
CELERY_TIMEZONE = "UTC"

_CLOCK_EXPIRES_SECONDS = 20  # a tick that waited longer than this has been overtaken by newer ones

CELERY_BEAT_SCHEDULE = {
    "observe nodes": {
        "task": "streaming.observe_nodes",
        "schedule": env.int("OBSERVE_NODES_SECONDS", 3),
        "options": {"expires": _CLOCK_EXPIRES_SECONDS},
    },
    "reconcile recorders": {
        "task": "recordings.reconcile_all_nodes",
        "schedule": RECORDER_RECONCILE_SECONDS,
        "options": {"expires": _CLOCK_EXPIRES_SECONDS},
    },
    "seal the audit": {
        "task": "accounts.seal_audit",
        "schedule": AUDIT_SEAL_SECONDS,
        "options": {"expires": _CLOCK_EXPIRES_SECONDS},
    },
    "keep API calls": {
        "task": "accounts.keep_api_calls",
        "schedule": 2,
        "options": {"expires": _CLOCK_EXPIRES_SECONDS},
    },
    "trim what is old": {"task": "accounts.trim", "schedule": crontab(hour="3", minute="10")},
    "trim refused publishes": {"task": "streaming.trim_attempts", "schedule": crontab(hour="3", minute="20")},
    "deliver webhooks": {
        "task": "alerts.deliver_webhooks",
        "schedule": 2,
        "options": {"expires": _CLOCK_EXPIRES_SECONDS},
    },
    "watch": {
        "task": "alerts.watch",
        "schedule": SECURITY_WATCH_SECONDS,
        "options": {"expires": _CLOCK_EXPIRES_SECONDS},
    },
    "trim webhook deliveries": {"task": "alerts.trim_deliveries", "schedule": crontab(hour="3", minute="30")},
    "forget old answers": {"task": "accounts.forget_old_answers", "schedule": 3600},
}
