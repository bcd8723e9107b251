"""Signals from below become warnings in the log."""

import logging
from typing import Any

from cameras.models import Camera
from recordings.models import StorageTier

logger = logging.getLogger(__name__)


def on_recorder_failed(camera: Camera, cause: str, detail: str, **kwargs: Any) -> None:
    """Footage that was wanted is being missed."""
    logger.error("camera %s (%s) is not being recorded: %s %s", camera.name, camera.public_id, cause, detail)


def on_tier_nearly_full(tier: StorageTier, free_bytes: int, hours_left: float | None, **kwargs: Any) -> None:
    """Recording will stop unless somebody makes room."""
    left = "unknown" if hours_left is None else f"{hours_left:.1f} h"
    logger.error("storage tier %s is nearly full: %d bytes free, time left: %s", tier.name, free_bytes, left)


def on_tier_has_room(tier: StorageTier, **kwargs: Any) -> None:
    """The alarm is over."""
    logger.warning("storage tier %s has room again", tier.name)


def on_tier_not_mounted(tier: StorageTier, detail: str, **kwargs: Any) -> None:
    """Nothing is recorded there."""
    logger.error("storage tier %s: its disk is not there, and nothing is recorded: %s", tier.name, detail)
