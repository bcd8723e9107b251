"""Pure: recordings and marks become covered spans, and gaps with their causes.

All times are microseconds since the Unix epoch. A range is half-open: its start belongs to it, its end does not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

ROTATED = "rotated"
UNKNOWN = "unknown"
NEVER_PUBLISHED = "never_published"

# Two files of one run touch, but their clock times are smoothed arrivals: less than this between them is no gap.
TOUCH_US = 1_000_000


class Recorded(NamedTuple):
    """Footage, and why it stopped."""

    start_us: int
    end_us: int
    cause_after: str
    detail_after: str = ""


class Mark(NamedTuple):
    """From here on, until footage resumes or another mark takes over, this is why there is none."""

    at_us: int
    cause: str
    detail: str = ""


class Span(NamedTuple):
    """An interval with footage."""

    start_us: int
    end_us: int


class Gap(NamedTuple):
    """An interval without footage that has one cause."""

    start_us: int
    end_us: int
    cause: str
    detail: str = ""


class _Change(NamedTuple):
    """From here on footage is missing, or would be, for this reason."""

    at_us: int
    cause: str
    detail: str
    ends_footage: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """Spans and gaps, each in order, that together fill the range up to the present exactly once."""

    covered: tuple[Span, ...]
    gaps: tuple[Gap, ...]


def build_coverage(
    recorded: Iterable[Recorded],
    marks: Iterable[Mark],
    *,
    start_us: int,
    end_us: int,
    now_us: int,
    resolution_us: int,
) -> Coverage:
    """What there is between two instants, what is missing, and why; nothing is said of the future.

    Holes shorter than the resolution (or than TOUCH_US, whichever is longer) are closed, and causes that held for less are
    left out. So there are at most (end - start) / resolution gaps, and one covered span more; but a range without any
    footage is one gap, however short. Input may overlap and come in any order.
    """
    until_us = min(end_us, now_us)
    if until_us <= start_us:
        return Coverage((), ())
    least_us = max(resolution_us, TOUCH_US)
    by_time = sorted(recorded, key=lambda one: (one.start_us, one.end_us))
    spans = tuple(_joined(_clipped(by_time, start_us, until_us), start_us, until_us, least_us))
    changes = _changes(_before_holes(by_time, spans), sorted(marks, key=lambda mark: mark.at_us))
    pieces = _explained(_holes(spans, start_us, until_us), changes)
    return Coverage(spans, tuple(gap for of_one_hole in pieces for gap in _widened(of_one_hole, least_us)))


def _clipped(by_time: Iterable[Recorded], start_us: int, until_us: int) -> Iterator[Span]:
    for one in by_time:
        span = Span(max(one.start_us, start_us), min(one.end_us, until_us))
        if span.start_us < span.end_us:
            yield span


def _joined(by_time: Iterable[Span], start_us: int, until_us: int, least_us: int) -> Iterator[Span]:
    """Spans at least `least_us` apart from each other and from the borders, or reaching to them."""
    joined_us, joined_until_us = start_us, start_us
    for span_start_us, span_end_us in by_time:
        if span_start_us - joined_until_us < least_us:
            joined_until_us = max(joined_until_us, span_end_us)
            continue
        if joined_us < joined_until_us:
            yield Span(joined_us, joined_until_us)
        joined_us, joined_until_us = span_start_us, span_end_us
    if joined_us < joined_until_us:
        yield Span(joined_us, until_us if until_us - joined_until_us < least_us else joined_until_us)


def _holes(spans: Sequence[Span], start_us: int, until_us: int) -> Iterator[Span]:
    borders = [Span(start_us, start_us), *spans, Span(until_us, until_us)]
    for before, after in pairwise(borders):
        if before.end_us < after.start_us:
            yield Span(before.end_us, after.start_us)


def _changes(ending: Iterable[Recorded], marks: Sequence[Mark]) -> list[_Change]:
    """Every change of cause, in order. A mark at the instant of an end comes after it."""
    times = [mark.at_us for mark in marks]
    ends = [_end_of(one, marks, times) for one in ending]
    changes = [*ends, *(_Change(mark.at_us, mark.cause, mark.detail, ends_footage=False) for mark in marks)]
    return sorted(changes, key=lambda change: change.at_us)


def _before_holes(recorded: Iterable[Recorded], spans: Sequence[Span]) -> Iterator[Recorded]:
    """Without what ends in the middle of footage: that explains nothing."""
    starts = [span.start_us for span in spans]
    for one in recorded:
        nearest = bisect_right(starts, one.end_us) - 1
        if nearest < 0 or one.end_us >= spans[nearest].end_us:
            yield one


def _end_of(one: Recorded, marks: Sequence[Mark], times: Sequence[int]) -> _Change:
    """What the end of footage says; when it says nothing, what was marked just before it."""
    if one.cause_after not in ("", ROTATED, UNKNOWN):
        return _Change(one.end_us, one.cause_after, one.detail_after, ends_footage=True)
    nearest = bisect_right(times, one.end_us) - 1
    if nearest >= 0 and times[nearest] > one.end_us - TOUCH_US:
        return _Change(one.end_us, marks[nearest].cause, marks[nearest].detail, ends_footage=True)
    return _Change(one.end_us, UNKNOWN, one.detail_after, ends_footage=True)


def _explained(holes: Iterable[Span], changes: Sequence[_Change]) -> Iterator[list[Gap]]:
    """Each hole, cut where its cause changes."""
    cause, detail, at = NEVER_PUBLISHED, "", 0
    for hole in holes:
        pieces: list[Gap] = []
        piece_us = hole.start_us
        while at < len(changes) and changes[at].at_us < hole.end_us:
            change = changes[at]
            at += 1
            if change.cause == cause and not change.ends_footage:
                detail = detail or change.detail
                continue
            if change.at_us > piece_us:
                pieces.append(Gap(piece_us, change.at_us, cause, detail))
                piece_us = change.at_us
            cause, detail = change.cause, change.detail
        yield [*pieces, Gap(piece_us, hole.end_us, cause, detail)]


def _widened(pieces: Sequence[Gap], least_us: int) -> list[Gap]:
    """The pieces of one hole; one that is too short joins what follows it, else what precedes it."""
    wide: list[Gap] = []
    start_us = pieces[0].start_us
    for piece in pieces:
        if piece.end_us - start_us < least_us:
            continue
        if wide and wide[-1].cause == piece.cause:
            wide[-1] = wide[-1]._replace(end_us=piece.end_us)
        else:
            wide.append(piece._replace(start_us=start_us))
        start_us = piece.end_us
    if not wide:
        return [pieces[-1]._replace(start_us=start_us)]
    return [*wide[:-1], wide[-1]._replace(end_us=pieces[-1].end_us)]
