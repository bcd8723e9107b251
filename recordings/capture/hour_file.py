"""Appends fragments to one media file and its index, so that a crash at any moment leaves both readable."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from recordings.capture.boxes import PRFT_BYTES, pack_prft
from recordings.capture.fragments import Fragment, InitSegment
from recordings.capture.index import (
    HEADER_BYTES,
    IndexHeader,
    IndexRecord,
    digest_of,
    index_path_of,
    pack_header,
    pack_record,
)
from recordings.capture.index_columns import RECORD_BYTES

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_libc = ctypes.CDLL(None, use_errno=True)


class DiskFull(Exception):
    """There is no room for another fragment; what was written before is whole and indexed."""


class HourFile:
    """One open media file. Not for several threads at once.

    The file is the init segment, then for each fragment a `prft` box with its wall-clock start, its `moof` and `mdat`.
    Nothing is synced here: `sync_volume` does it for all files of a volume at once, and `close` for this one.
    Start a new file with a key fragment, or its beginning cannot be decoded.
    """

    def __init__(self, media_path: Path, init: InitSegment, media_fd: int, index_fd: int) -> None:
        self.media_path = media_path
        self.index_path = index_path_of(media_path)
        self.init = init
        self._media_fd = media_fd
        self._index_fd = index_fd
        self._size_bytes = len(init.data)
        self._fragment_count = 0
        self._started_us: int | None = None
        self._ended_us: int | None = None

    @classmethod
    def create(cls, media_path: Path, init: InitSegment) -> HourFile:
        """Make both files and the folders above them.

        Raises FileExistsError (nothing is ever overwritten), DiskFull, OSError; none of them leaves a file behind.
        """
        media_path.parent.mkdir(parents=True, exist_ok=True)
        header = pack_header(IndexHeader(init.timescale, len(init.data)))
        media_fd = _create(media_path, init.data)
        try:
            index_fd = _create(index_path_of(media_path), header)
        except BaseException:
            os.close(media_fd)
            media_path.unlink()
            raise
        return cls(media_path, init, media_fd, index_fd)

    @property
    def size_bytes(self) -> int:
        """Of the media file."""
        return self._size_bytes

    @property
    def fragment_count(self) -> int:
        return self._fragment_count

    @property
    def started_us(self) -> int | None:
        """Start of the first fragment, None before there is one."""
        return self._started_us

    @property
    def ended_us(self) -> int | None:
        """End of the last fragment, None before there is one."""
        return self._ended_us

    def append(self, fragment: Fragment, start_us: int, duration_us: int) -> IndexRecord:
        """Write the fragment, then its index record.

        Raises DiskFull or OSError after cutting both files back to the last whole fragment, and ValueError, with
        nothing written, for a fragment that would overlap the one before it or does not fit the index.
        """
        if self._ended_us is not None and start_us < self._ended_us:
            raise ValueError(f"the fragment starts {self._ended_us - start_us} µs before the last one ended")
        stamp = pack_prft(self.init.video_track_id, start_us, fragment.decode_ticks)
        record = IndexRecord(
            offset=self._size_bytes,
            length=PRFT_BYTES + len(fragment.data),
            start_us=start_us,
            duration_us=duration_us,
            decode_ticks=fragment.decode_ticks,
            duration_ticks=fragment.duration_ticks,
            frames=fragment.frames,
            key_bytes=fragment.key_bytes,
            is_key=fragment.is_key,
            digest=digest_of(stamp, fragment.data),
        )
        packed = pack_record(record)
        try:
            _write_all(self._media_fd, stamp, fragment.data)
            _write_all(self._index_fd, packed)
        except BaseException as error:
            self._cut_back()
            _raise_disk_full(error, self.media_path)
            raise
        self._size_bytes = record.end_offset
        self._fragment_count += 1
        self._started_us = start_us if self._started_us is None else self._started_us
        self._ended_us = record.end_us
        return record

    def close(self) -> None:
        """Sync and close both files; a second call does nothing. Raises OSError after closing."""
        descriptors = [descriptor for descriptor in (self._media_fd, self._index_fd) if descriptor >= 0]
        self._media_fd = self._index_fd = -1
        try:
            for descriptor in descriptors:
                os.fdatasync(descriptor)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _cut_back(self) -> None:
        for descriptor, length in (
            (self._media_fd, self._size_bytes),
            (self._index_fd, HEADER_BYTES + RECORD_BYTES * self._fragment_count),
        ):
            os.ftruncate(descriptor, length)
            os.lseek(descriptor, length, os.SEEK_SET)


def rotation_boundary(start_us: int, rotation_seconds: int) -> int:
    """The first instant after `start_us` (microseconds since the epoch) at which a new file is due.

    Boundaries are whole multiples of `rotation_seconds` since the epoch in UTC: with 3600, the clock hours.
    """
    rotation_us = rotation_seconds * 1_000_000
    return (start_us // rotation_us + 1) * rotation_us


def sync_volume(path: Path) -> None:
    """Bring everything written to the file system that holds `path` onto the disk (syncfs(2)). Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)


def _create(path: Path, head: bytes) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        _write_all(descriptor, head)
    except OSError as error:
        os.close(descriptor)
        path.unlink()
        _raise_disk_full(error, path)
        raise
    return descriptor


def _write_all(descriptor: int, *parts: bytes) -> None:
    """writev(2) may take less than it is given, most of all on a disk that is nearly full."""
    views = [memoryview(part) for part in parts]
    while views:
        written = os.writev(descriptor, views)
        while views and written >= len(views[0]):
            written -= len(views.pop(0))
        if views:
            views[0] = views[0][written:]


def _raise_disk_full(error: BaseException, path: Path) -> None:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        raise DiskFull(f"no room left for {path}: {error.strerror}") from error
