"""Whether the archive is what the database says: reports by default; each repair is a word of its own.

Nothing is deleted here, and no media file is changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recordings import tiers
from recordings.capture import adoption, catalogue
from recordings.capture.index import Index, MalformedIndex, index_path_of, read_index, verify_index
from recordings.models import RecordingLocation, StorageTier

_ROWS_AT_A_TIME = 500
_SETTLED_SECONDS = 60.0


class ProblemKind(StrEnum):
    """What can be wrong, in the words of the report."""

    WRONG_VOLUME = "wrong volume"
    MISSING_FILE = "missing file"
    TORN_INDEX = "torn index"
    CHANGED_BYTES = "changed bytes"
    OTHER_LENGTH = "other length"
    ORPHAN_FILE = "orphan file"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one file, or with the folder of a tier."""

    kind: ProblemKind
    path: Path
    detail: str


def problems_of(tier: StorageTier, *, reads_files: bool) -> Iterator[Problem]:
    """Everything that is wrong on a tier of this machine. Files that are being written are left out.

    `reads_files` compares each fragment with its digest, which reads the whole archive. Without it rows, files, sizes and
    indexes are compared. A tier whose disk is not mounted is one problem, not a missing file for each of its recordings.
    """
    try:
        tiers.require_mounted(tier)
    except tiers.WrongVolume as error:
        yield Problem(ProblemKind.WRONG_VOLUME, Path(tier.root), str(error))
        return
    locations = RecordingLocation.objects.filter(tier=tier, recording__ended_at__isnull=False)
    for location in locations.select_related("recording", "tier").order_by("pk").iterator(_ROWS_AT_A_TIME):
        yield from _problems_of_file(location, reads_files=reads_files)
    yield from orphans_of(tier)


def orphans_of(tier: StorageTier) -> Iterator[Problem]:
    """Media files that no row knows. One that was written to in the last minute may get its row in a moment."""
    for path in adoption.orphans(tier):
        if time.time() - path.stat().st_mtime > _SETTLED_SECONDS:
            yield Problem(ProblemKind.ORPHAN_FILE, path, "no recording knows it")


def rebuild_index(problem: Problem) -> bool:
    """Write the index of a file anew, from the file; whether that could be done."""
    return adoption.trustworthy_index(problem.path) is not None


def adopt_orphan(tier: StorageTier, problem: Problem) -> bool:
    """Give a file without a row its row; whether it is footage of a camera that is known."""
    return adoption.adopt(tier, problem.path) is not None


def _problems_of_file(location: RecordingLocation, *, reads_files: bool) -> Iterator[Problem]:
    path = location.media_path
    if location.recording.fragment_count == 0 and not _holds_footage(path):
        return  # a crash right after it was begun, and the row says that there is nothing
    if not path.exists():
        yield Problem(ProblemKind.MISSING_FILE, path, f"recording {location.recording_id}")
        return
    index = _index_of(path)
    if isinstance(index, Problem):
        yield index
        return
    yield from _disagreements(location, index)
    if reads_files:
        yield from _changes(path, index)


def _holds_footage(path: Path) -> bool:
    try:
        return bool(read_index(index_path_of(path)).records)
    except (OSError, MalformedIndex):
        return False


def _index_of(path: Path) -> Index | Problem:
    try:
        index = read_index(index_path_of(path))
    except FileNotFoundError:
        return Problem(ProblemKind.TORN_INDEX, path, "there is no index beside it")
    except MalformedIndex as error:
        return Problem(ProblemKind.TORN_INDEX, path, str(error))
    if index.media_bytes > path.stat().st_size:
        return Problem(ProblemKind.CHANGED_BYTES, path, "the file is shorter than its index says")
    return index


def _disagreements(location: RecordingLocation, index: Index) -> Iterator[Problem]:
    """Of a row with its index; an index that ends early may be mended, a row may not."""
    recording, path = location.recording, location.media_path
    if len(index.records) < recording.fragment_count:
        missing = recording.fragment_count - len(index.records)
        yield Problem(ProblemKind.TORN_INDEX, path, f"{missing} of {recording.fragment_count} fragments are not in it")
    elif index.records and recording.ended_at != catalogue.at_utc(index.records[-1].end_us):
        yield Problem(ProblemKind.OTHER_LENGTH, path, f"recording {recording.pk} ends at another instant than its file")
    elif index.records and recording.size_bytes != index.media_bytes:
        yield Problem(ProblemKind.OTHER_LENGTH, path, f"recording {recording.pk} has another size than its file")


def _changes(path: Path, index: Index) -> Iterator[Problem]:
    for what in verify_index(path, index):
        if "after the last fragment" not in what:  # a torn tail is known, and left where it is
            yield Problem(ProblemKind.CHANGED_BYTES, path, what)
