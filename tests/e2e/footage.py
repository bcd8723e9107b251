"""What is on the disk of a camera: read from its files and indexes, without asking the portal."""

import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from recordings.capture.fragments import walk_fragments
from recordings.capture.index import IndexRecord, index_path_of, read_index, verify_index
from tests.e2e.people import EnrolledCamera


@dataclass(frozen=True)
class Hole:
    """Nothing was recorded between these instants (Unix time in seconds)."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


class Footage:
    """The files of one camera below a tier's root."""

    def __init__(self, archive: Path, camera: EnrolledCamera) -> None:
        self._folder = archive / camera.public_id

    @property
    def files(self) -> list[Path]:
        """Media files, oldest first."""
        return sorted(self._folder.rglob("*.mp4"))

    def records(self) -> list[IndexRecord]:
        """All fragments, by their start. A file that has just been begun has no index yet."""
        indexes = [index for path in self.files if (index := index_path_of(path)).exists()]
        found = [record for index in indexes for record in read_index(index).records]
        return sorted(found, key=lambda record: record.start_us)

    @property
    def until(self) -> float:
        """The end of the last fragment; 0 before there is one."""
        return max((record.end_us for record in self.records()), default=0) / 1_000_000

    def grows_beyond(self, instant: float) -> bool:
        """Whether a fragment that was filmed after this instant is on the disk."""
        return any(record.start_us > instant * 1_000_000 for record in self.records())

    def holes(self, least_seconds: float = 0.5) -> list[Hole]:
        """Where fragments do not touch, between the first and the last."""
        pairs = pairwise(self.records())
        found = [Hole(before.end_us / 1e6, after.start_us / 1e6) for before, after in pairs]
        return [hole for hole in found if hole.seconds > least_seconds]

    def overlaps(self) -> list[tuple[int, int]]:
        """Pairs of fragments of which the later begins before the earlier ends: something was recorded twice."""
        return [
            (before.end_us, after.start_us)
            for before, after in pairwise(self.records())
            if after.start_us < before.end_us
        ]

    def complaints(self) -> list[str]:
        """What is wrong with the files: damaged, not decodable, another index than a walk through the file gives."""
        return [f"{path.name}: {what}" for path in self.files for what in _complaints_of(path)]


def _complaints_of(path: Path) -> list[str]:
    index = read_index(index_path_of(path))
    found = [one for one in verify_index(path, index) if "after the last fragment" not in one]
    with path.open("rb") as file:
        walked = len(list(walk_fragments(file)))
    if walked != len(index.records):
        found.append(f"{walked} fragments in the file, {len(index.records)} in the index")
    if not index.records:
        return found
    # A player reads as far as the index goes; what a dead recorder left of a fragment lies behind it.
    whole = path.read_bytes()[: index.media_bytes]
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", "pipe:0", "-map", "0:v", "-f", "null", "-"]
    decoded = subprocess.run(command, input=whole, check=False, capture_output=True)
    if decoded.returncode or decoded.stderr:
        found.append(decoded.stderr.decode(errors="replace")[:300] or f"ffmpeg ended with {decoded.returncode}")
    return found


def archive_report() -> str:
    """What `manage.py check_archive` says; files that were just left open may need a moment to be closed."""
    for _ in range(8):
        command = [sys.executable, "manage.py", "check_archive"]
        said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
        if said.startswith("0 problems"):
            break
        time.sleep(2)
    return said
