"""A camera that published what a script says, and what VMS kept of it."""

import hashlib
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from compose.local.camera_scripts import Cue
from compose.local.flv import VIDEO
from compose.local.scripted_camera import Publisher
from recordings.capture.sound_gaps import SILENT_FRAMES
from tests.e2e.kept_files import digests_of, path_of, recordings_of
from tests.e2e.people import EnrolledCamera, Person
from tests.e2e.waiting import eventually

# A recorder that meets the stream begins with the next key frame.
START_SECONDS = 10
# Where a fresh file has to be begun, at most two groups of pictures are lost.
FRESH_FILE_SECONDS = 4
SILENCE = {hashlib.md5(frame).hexdigest() for frame in SILENT_FRAMES.values()}


@dataclass(frozen=True)
class Story:
    """`wait` until it is over, then ask."""

    name: str
    camera: EnrolledCamera
    operator: Person
    root: Path
    cues: list[Cue]
    publisher: Publisher
    over: "Future[None]"

    def wait(self) -> "Story":
        """Until the script is over and the last file is closed. Fails when the node did not take all of it."""
        self.over.result(timeout=420)
        eventually(lambda: self.operator.sessions(self.camera)[0]["end_reason"], seconds=20)
        eventually(lambda: all(one["ended_at"] for one in recordings_of(self.operator, self.camera)), seconds=20)
        return self

    @cached_property
    def recordings(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return recordings_of(self.operator, self.camera)

    @cached_property
    def paths(self) -> list[Path]:
        """The media files, in the same order."""
        return [path_of(self.root, self.camera, one) for one in self.recordings]

    @property
    def fresh_files(self) -> list[dict[str, Any]]:
        """Recordings that ended because the stream had changed."""
        return [one for one in self.recordings if one["end_cause"] == "stream_changed"]

    def at(self, seconds: float) -> datetime:
        """The instant so many seconds after the publish began."""
        return datetime.fromtimestamp(self.publisher.began_at + seconds, UTC)

    def sent(self, kind: int) -> list[Cue]:
        """Frames, or pieces of sound."""
        return [cue for cue in self.cues if cue.tag.kind == kind and not cue.tag.is_header]

    def lost(self, kind: int) -> list[tuple[Cue, ...]]:
        """What was sent and is in no file, by stretches. Fails when there is something that was never sent, or twice.

        Silence is put where sound is missing; it does not count.
        """
        sent = self.sent(kind)
        found = [digest for path in self.paths for digest in digests_of(path, "v" if kind == VIDEO else "a")]
        kept = [digest for digest in found if digest not in SILENCE]
        lost: list[list[Cue]] = [[]]
        wanted = iter(kept)
        digest = next(wanted, None)
        for cue in sent:
            if hashlib.md5(cue.tag.payload).hexdigest() == digest:
                digest = next(wanted, None)
                lost.append([])
            else:
                lost[-1].append(cue)
        assert digest is None, f"kept what was not sent, or not in this order; {len(kept)} kept of {len(sent)}"
        return [tuple(stretch) for stretch in lost if stretch]


def assert_little_is_lost(one: Story, kind: int) -> None:
    """Before the recorder met the stream, and where a fresh file had to begin; nowhere else, and not at the end."""
    stretches = one.lost(kind)
    if stretches and stretches[0][0].at < 1:
        assert stretches.pop(0)[-1].at <= START_SECONDS
    assert len(stretches) <= len(one.fresh_files)
    for stretch in stretches:
        assert stretch[-1].at - stretch[0].at <= FRESH_FILE_SECONDS
        assert stretch[-1] is not one.sent(kind)[-1], "the end is kept"
