"""The country of an address, by a file in MaxMind's format (https://maxmind.github.io/MaxMind-DB/).

Reads the two layouts that country databases come in: `country.iso_code` (GeoLite2, DB-IP) and a flat `country_code`
(ip-location-db). A file that is replaced is read again by itself.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import maxminddb
from django.conf import settings

logger = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 5.0


class _Database:
    """The open file, and when it was looked at."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._identity: tuple[str, int, int] | None = None
        self._reader: maxminddb.Reader | None = None
        self._looked_at = 0.0

    def reader(self) -> maxminddb.Reader | None:
        """Of the file that is there now; None without one that can be read."""
        path = settings.COUNTRY_DATABASE
        if self._identity is None or self._identity[0] != str(path) or self._is_due():
            with self._guard:
                self._look(path)
        return self._reader

    def _is_due(self) -> bool:
        return time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS

    def _look(self, path: Path) -> None:
        self._looked_at = time.monotonic()
        identity = _identity_of(path)
        if identity != self._identity:
            # The reader before may still be asked by another thread; it is closed when nobody has it any more.
            self._identity, self._reader = identity, _open(path) if identity[1] else None


_database = _Database()


def can_tell() -> bool:
    """Whether there is a database."""
    return _database.reader() is not None


def made_at() -> datetime | None:
    """When the database was made; None without one."""
    reader = _database.reader()
    return datetime.fromtimestamp(reader.metadata().build_epoch, UTC) if reader else None


def country_of(address: str | None) -> str | None:
    """ISO 3166-1 alpha-2, in capitals; None for an address of no country, and without a database."""
    reader = _database.reader()
    if reader is None or address is None:
        return None
    try:
        found: Any = reader.get(address)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return None
    return _code_in(found)


def _code_in(found: Any) -> str | None:
    if not isinstance(found, dict):
        return None
    country = found.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else found.get("country_code")
    return code.upper() if isinstance(code, str) and len(code) == 2 else None


def _identity_of(path: Path) -> tuple[str, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return (str(path), 0, 0)
    return (str(path), facts.st_ino, facts.st_mtime_ns)


def _open(path: Path) -> maxminddb.Reader | None:
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        logger.error("the country database %s cannot be read: %s", path, error)
        return None
