"""Pure: frames that a recording lacks, told by comparing its index with what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """A group of pictures: the size of its key frame, which tells it from its neighbours, and its frames."""

    key_bytes: int
    frames: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`before_first`: frames sent before the first recorded group, while the recorder was being started."""

    sent: int
    recorded: int
    before_first: int
    missing_frames: int
    missing_groups: int
    strange_groups: int


def sent_groups(key_bytes: Sequence[int], *, first_group: int, ticks: int, group_frames: int) -> list[Group]:
    """The groups of a camera that began at one of the clip's groups and sent so many frames."""
    whole, rest = divmod(ticks, group_frames)
    frames = [group_frames] * whole + ([rest] if rest else [])
    return [Group(key_bytes[(first_group + number) % len(key_bytes)], count) for number, count in enumerate(frames)]


def compare(sent: Sequence[Group], recorded: Iterable[Group]) -> Comparison:
    """Follow the recording through what was sent. A recorded group that nobody sent is strange."""
    places = list(_placed(sent, recorded))
    found = {place: group for place, group in places if place is not None}
    first = min(found, default=len(sent))
    expected = range(first, len(sent))
    return Comparison(
        sent=sum(group.frames for group in sent),
        recorded=sum(group.frames for _, group in places),
        before_first=sum(group.frames for group in sent[:first]),
        missing_frames=sum(sent[place].frames - (found[place].frames if place in found else 0) for place in expected),
        missing_groups=sum(place not in found for place in expected),
        strange_groups=sum(place is None for place, _ in places),
    )


def _placed(sent: Sequence[Group], recorded: Iterable[Group]) -> Iterator[tuple[int | None, Group]]:
    """Each recorded group with its place among the sent ones."""
    due = 0
    for group in recorded:
        place = next((at for at in range(due, len(sent)) if sent[at].key_bytes == group.key_bytes), None)
        due = due if place is None else place + 1
        yield place, group
