"""What a scripted camera sends, and when: films, and the faults that cameras have.

A script is a series of cues. The time of a cue is the camera's time on the wall clock; the time stamp is what the camera
claims. Nothing binds one to the other.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from typing import NamedTuple

from compose.local.film import G711_A, G711_U, SILENT, Film, Picture, make_film
from compose.local.flv import AUDIO, Tag

HOUR_MS = 3_600_000
PICTURE = Picture()
LARGER = Picture(width=640, height=360)


class Cue(NamedTuple):
    """At so many seconds after the publish began, send this, stamped with this time (milliseconds)."""

    at: float
    timestamp_ms: int
    tag: Tag


Script = Iterator[Cue]


def play(film: Film, *, seconds: float, begin: float = 0.0) -> Script:
    """The film over and over for some seconds, at its own pace and with time stamps that tell the truth."""
    begin_ms = round(1000 * begin)
    for tag in (*film.metadata, *film.headers):
        yield Cue(begin, begin_ms, tag)
    for loop_ms in count(begin_ms, film.duration_ms):
        for tag in film.samples:
            timestamp_ms = loop_ms + tag.timestamp_ms
            if timestamp_ms >= begin_ms + 1000 * seconds:
                return
            yield Cue(timestamp_ms / 1000, timestamp_ms, tag)


def sound(cues: Iterable[Cue], *, begin: float = 0.0, end: float = float("inf")) -> Script:
    """The sound, header and all, only within this time; its header comes just before it."""
    held: list[Cue] = []
    for cue in cues:
        if cue.tag.kind != AUDIO:
            yield cue
        elif cue.tag.is_header:
            held.append(cue)
        elif begin <= cue.at < end:
            yield from (header._replace(at=cue.at, timestamp_ms=cue.timestamp_ms) for header in held)
            held.clear()
            yield cue


def paced(cues: Iterable[Cue], factor: float) -> Script:
    """Every second of media takes `factor` seconds."""
    return (cue._replace(at=cue.at * factor) for cue in cues)


def stamped(cues: Iterable[Cue], offset_ms: int, *, begin: float = 0.0) -> Script:
    """Time stamps that are off, from some moment on."""
    return (cue._replace(timestamp_ms=cue.timestamp_ms + offset_ms) if cue.at >= begin else cue for cue in cues)


def held_back(cues: Iterable[Cue], *, begin: float, seconds: float) -> Script:
    """A network that holds everything back for a while and then delivers it at once."""
    return (cue._replace(at=begin + seconds) if begin <= cue.at < begin + seconds else cue for cue in cues)


def skipped(cues: Iterable[Cue], *, begin: float, seconds: float) -> Script:
    """A camera that sends nothing for a while, and does not make up for it."""
    return (cue for cue in cues if not begin <= cue.at < begin + seconds)


def no_sound(seconds: float = 45) -> Script:
    return play(make_film(Picture(sound=SILENT)), seconds=seconds)


def sound_promised_by_the_metadata(seconds: float = 45) -> Script:
    return sound(play(make_film(PICTURE), seconds=seconds), end=0)


def sound_promised_by_its_header(seconds: float = 45) -> Script:
    return (cue for cue in play(make_film(PICTURE), seconds=seconds) if cue.tag.kind != AUDIO or cue.tag.is_header)


def sound_12_seconds_late(seconds: float = 60) -> Script:
    return sound(play(make_film(PICTURE), seconds=seconds), begin=12)


def sound_that_stops(seconds: float = 60) -> Script:
    return sound(play(make_film(PICTURE), seconds=seconds), end=25)


def sound_that_pauses(seconds: float = 60) -> Script:
    cues = play(make_film(PICTURE), seconds=seconds)
    return (cue for cue in cues if cue.tag.kind != AUDIO or not 25 <= cue.at < 28)


def b_frames(seconds: float = 60) -> Script:
    return play(make_film(Picture(b_frames=2)), seconds=seconds)


def gop_of_10_seconds(seconds: float = 60) -> Script:
    return play(make_film(Picture(gop_seconds=10)), seconds=seconds)


def resolution_change(seconds: float = 60) -> Script:
    first = play(make_film(PICTURE), seconds=24)
    return chain(first, play(make_film(LARGER), begin=24, seconds=seconds - 24))


def an_hour_ahead(seconds: float = 60) -> Script:
    return stamped(play(make_film(PICTURE), seconds=seconds), HOUR_MS, begin=31)


def an_hour_back(seconds: float = 60) -> Script:
    return stamped(stamped(play(make_film(PICTURE), seconds=seconds), 2 * HOUR_MS), -HOUR_MS, begin=31)


def stall_and_burst(seconds: float = 60) -> Script:
    return held_back(play(make_film(PICTURE), seconds=seconds), begin=20.5, seconds=8)


def stall_and_skip(seconds: float = 60) -> Script:
    return skipped(play(make_film(PICTURE), seconds=seconds), begin=20, seconds=8)


def g711_a(seconds: float = 45) -> Script:
    return play(make_film(Picture(sound=G711_A)), seconds=seconds)


def g711_u(seconds: float = 45) -> Script:
    return play(make_film(Picture(sound=G711_U)), seconds=seconds)


def frames_84_percent(seconds: float = 300) -> Script:
    return paced(play(make_film(PICTURE), seconds=seconds * 0.84), 1 / 0.84)


def slow_crystal(seconds: float = 120) -> Script:
    return paced(play(make_film(PICTURE), seconds=seconds), 1 + 200e-6)


def fast_crystal(seconds: float = 120) -> Script:
    return paced(play(make_film(PICTURE), seconds=seconds), 1 - 200e-6)


def plain(seconds: float = 60) -> Script:
    return play(make_film(PICTURE), seconds=seconds)


SCRIPTS: dict[str, Callable[[float], Script]] = {
    script.__name__.replace("_", "-"): script
    for script in (
        *(plain, no_sound, sound_promised_by_the_metadata, sound_promised_by_its_header),
        *(sound_12_seconds_late, sound_that_stops, sound_that_pauses),
        *(b_frames, gop_of_10_seconds, resolution_change),
        *(an_hour_ahead, an_hour_back, stall_and_burst, stall_and_skip, g711_a, g711_u),
        *(slow_crystal, fast_crystal, frames_84_percent),
    )
}
