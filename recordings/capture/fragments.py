"""Splits a fragmented MP4 into its init segment and its fragments, from a pipe in any chunks or from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from recordings.capture.boxes import MAX_BOX_BYTES, PRFT_BYTES, MalformedStream, read_header, unpack_prft
from recordings.capture.init_segment import InitSegment, parse_init
from recordings.capture.movie_fragment import Fragment, parse_fragment

__all__ = [
    "FoundFragment",
    "Fragment",
    "FragmentSplitter",
    "InitSegment",
    "MalformedStream",
    "check_continuity",
    "parse_fragment",
    "parse_init",
    "read_init",
    "walk_fragments",
]

_LONGEST_STALL_SECONDS = 60
_FASTEST_FRAMES_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class FoundFragment:
    """A fragment in a file. `offset` and `length` (bytes) cover its `prft`, `moof` and `mdat`; `start_us` is from `prft`."""

    offset: int
    length: int
    start_us: int
    stamp: bytes
    fragment: Fragment


class FragmentSplitter:
    """Takes the bytes of one source as they come and gives back whole things only.

    An init segment may come again: what follows it is a stream of its own, whose media time begins anew.
    Raises MalformedStream for bytes that are no fragmented MP4 with video, and for time that runs back or leaps (see
    `check_continuity`). After that the splitter is spent: start a new source and a new splitter.
    Boxes other than ftyp, moov, moof and mdat are ignored between fragments.
    """

    def __init__(self, *, max_box_bytes: int = MAX_BOX_BYTES) -> None:
        self._max_box_bytes = max_box_bytes
        self._buffer = bytearray()
        self._ftyp = b""
        self._moof = b""
        self._init: InitSegment | None = None
        self._previous: Fragment | None = None

    def feed(self, chunk: bytes) -> Iterator[InitSegment | Fragment]:
        """Add bytes, and give what they complete. What is not taken from the iterator comes with the next call."""
        between_fragments = not self._buffer and not self._moof and len(chunk) <= self._max_box_bytes
        if self._init is not None and between_fragments and (moof_bytes := _moof_of_whole_fragment(chunk)):
            return iter((self._complete(self._init, chunk, moof_bytes),))
        self._buffer += chunk
        return self._drain()

    def _drain(self) -> Iterator[InitSegment | Fragment]:
        while (header := read_header(self._buffer)) is not None:
            self._check_order(header.kind)
            if header.size > self._max_box_bytes:
                raise MalformedStream(f"a {header.kind!r} box of {header.size} bytes is beyond all measure")
            if len(self._buffer) < header.size:
                return
            with memoryview(self._buffer) as view:
                box = view[: header.size].tobytes()
            del self._buffer[: header.size]
            complete = self._accept(header.kind, box)
            if complete is not None:
                yield complete

    def _check_order(self, kind: str) -> None:
        """Say no at the first wrong header, not after waiting for as many bytes as it promises."""
        if not self._ftyp:
            due = kind == "ftyp"
        elif self._init is None:
            due = kind not in ("ftyp", "moof", "mdat")
        elif self._moof:
            due = kind == "mdat"
        else:
            due = kind not in ("moov", "mdat")
        if not due:
            raise MalformedStream(f"a {kind!r} box came where it cannot be")

    def _accept(self, kind: str, box: bytes) -> InitSegment | Fragment | None:
        if kind == "ftyp":
            self._ftyp, self._init, self._previous = box, None, None
        elif kind == "moov":
            self._init = parse_init(self._ftyp + box)
            return self._init
        elif kind == "moof":
            self._moof = box
        elif kind == "mdat" and self._init is not None:
            moof, self._moof = self._moof, b""
            return self._complete(self._init, moof + box, len(moof))
        return None

    def _complete(self, init: InitSegment, data: bytes, moof_bytes: int) -> Fragment:
        previous = self._previous
        ended_ticks = previous.end_ticks if previous else 0
        fragment = parse_fragment(data, moof_bytes, init, video_ended_ticks=ended_ticks)
        check_continuity(init, previous, fragment)
        self._previous = fragment
        return fragment


def _moof_of_whole_fragment(chunk: bytes) -> int:
    """The size of the moof, when the bytes are that and its mdat, neither more nor less; else 0. Saves copying them."""
    moof = read_header(chunk)
    if moof is None or moof.kind != "moof":
        return 0
    mdat = read_header(chunk, moof.size)
    whole = mdat is not None and mdat.kind == "mdat" and moof.size + mdat.size == len(chunk)
    return moof.size if whole else 0


def check_continuity(init: InitSegment, previous: Fragment | None, fragment: Fragment) -> None:
    """Raise MalformedStream where the camera's clock ran back or leapt, which FFmpeg copies into the file unsaid.

    When time stamps step back FFmpeg still writes rising ones, each one tick after the last, until the camera has
    caught up: a fragment faster than 1000 frames a second is that. A frame that stays for more than a minute is a leap
    forward: a camera that really stalls that long has been disconnected before.
    """
    if fragment.frames == 0:
        return
    longest_ticks = _LONGEST_STALL_SECONDS * init.timescale
    if fragment.frames >= 5 and fragment.duration_ticks * _FASTEST_FRAMES_PER_SECOND < fragment.frames * init.timescale:
        raise MalformedStream(f"time stamps ran backwards: {fragment.frames} frames in {fragment.duration_ticks} ticks")
    if fragment.longest_frame_ticks > longest_ticks:
        seconds = fragment.longest_frame_ticks // init.timescale
        raise MalformedStream(f"time stamps leapt ahead: one frame lasts {seconds} s")
    if previous is None:
        return
    step_ticks = fragment.decode_ticks - previous.end_ticks
    if step_ticks < -previous.longest_frame_ticks:
        raise MalformedStream(f"time stamps ran backwards by {-step_ticks / init.timescale:.3f} s")
    if step_ticks > longest_ticks:
        raise MalformedStream(f"time stamps leapt ahead by {step_ticks / init.timescale:.3f} s")


def read_init(file: BinaryIO) -> InitSegment:
    """The init segment at the start of a media file, which is left at its end. Raises MalformedStream."""
    file.seek(0)
    head = bytearray()
    while True:
        kind, box = _read_box(file)
        head += box
        if kind == "moov":
            return parse_init(bytes(head))
        if len(head) > MAX_BOX_BYTES or kind in ("", "moof", "mdat"):
            raise MalformedStream("the file does not begin with an init segment")


def walk_fragments(file: BinaryIO) -> Iterator[FoundFragment]:
    """Every complete fragment of a file written by HourFile, in order; costs one read of the whole file.

    Ends quietly at the first thing that is incomplete, damaged or not of this layout: there the file is torn.
    Raises MalformedStream only when the init segment itself is not whole.
    """
    init = read_init(file)
    offset = len(init.data)
    while (found := _read_stamped_fragment(file, init, offset)) is not None:
        yield found
        offset += found.length


def _read_stamped_fragment(file: BinaryIO, init: InitSegment, offset: int) -> FoundFragment | None:
    try:
        file.seek(offset)
        stamp = file.read(PRFT_BYTES)
        start_us, media_ticks = unpack_prft(stamp)
        _kind, moof = _read_box(file)
        _kind, mdat = _read_box(file)
        fragment = parse_fragment(moof + mdat, len(moof), init, video_ended_ticks=media_ticks)
    except MalformedStream:
        return None
    return FoundFragment(offset, PRFT_BYTES + len(fragment.data), start_us, stamp, fragment)


def _read_box(file: BinaryIO) -> tuple[str, bytes]:
    """(kind, whole box), or ("", b"") where the file ends before the box does."""
    start = file.tell()
    header = read_header(file.read(16))
    if header is None:
        return "", b""
    if header.size > MAX_BOX_BYTES:
        raise MalformedStream(f"a {header.kind!r} box of {header.size} bytes is beyond all measure")
    file.seek(start)
    box = file.read(header.size)
    return (header.kind, box) if len(box) == header.size else ("", b"")
