"""Brings what the recorders of this process write onto the disk every second and a half.

FFmpeg never syncs, and a power cut then leaves nothing of the last half minute. One syncfs for a volume costs less than
an fdatasync for each of its files.
"""

from __future__ import annotations

import logging
import threading
from functools import cache
from pathlib import Path

from recordings.capture import running
from recordings.capture.hour_file import sync_volume

logger = logging.getLogger(__name__)
_INTERVAL_SECONDS = 1.5


@cache
def keep_synced(root: Path) -> threading.Thread:
    """Start syncing a volume; once in a process, however often it is asked."""
    thread = threading.Thread(target=_sync_for_ever, args=(root,), name=f"sync {root}", daemon=True)
    thread.start()
    return thread


def _sync_for_ever(root: Path) -> None:
    pause = threading.Event()
    while not pause.wait(_INTERVAL_SECONDS):
        if running.switches():
            try:
                sync_volume(root)
            except OSError as error:
                logger.error("could not sync %s: %s", root, error)
