"""The wiring. Imports every app; no app imports it.

Naming the Celery app here lets workers, web and commands share it.
"""

from vms.celery import app as celery_app

__all__ = ["celery_app"]
