"""Scripts bend time, time stamps and sound as their names say, and nothing else."""

import itertools

import pytest

from compose.local import camera_scripts as scripts
from compose.local.camera_scripts import SCRIPTS, Cue, play
from compose.local.film import Film
from compose.local.flv import AUDIO, VIDEO


def media(cues: list[Cue]) -> list[bytes]:
    """What is sent, without when."""
    return [cue.tag.body for cue in cues]


def test_a_film_is_played_at_its_own_pace_for_as_long_as_asked(film: Film) -> None:
    cues = list(play(film, seconds=5, begin=3))
    assert [cue.tag for cue in cues[:3]] == [*film.metadata, *film.headers]
    assert all(cue.at == cue.timestamp_ms / 1000 for cue in cues)
    assert (cues[0].at, cues[-1].at) == (3, 7.9)
    assert sum(cue.tag.kind == VIDEO and not cue.tag.is_header for cue in cues) == 50


def test_late_sound_brings_its_header_with_it(film: Film) -> None:
    cues = [cue for cue in scripts.sound(play(film, seconds=6), begin=2.1) if cue.tag.kind == AUDIO]
    assert cues[0].tag.is_header
    assert {cue.at for cue in cues[:2]} == {2.25}
    assert not any(cue.tag.is_header for cue in cues[1:])


def test_sound_stops_and_video_goes_on(film: Film) -> None:
    cues = list(scripts.sound(play(film, seconds=6), end=2))
    assert max(cue.at for cue in cues if cue.tag.kind == AUDIO) == 1.75
    assert max(cue.at for cue in cues if cue.tag.kind == VIDEO) == 5.9


def test_another_pace_leaves_the_time_stamps_alone(film: Film) -> None:
    plain, slow = list(play(film, seconds=4)), list(scripts.paced(play(film, seconds=4), 1.25))
    assert [cue.timestamp_ms for cue in slow] == [cue.timestamp_ms for cue in plain]
    assert [cue.at for cue in slow] == pytest.approx([1.25 * cue.at for cue in plain])


def test_other_time_stamps_leave_the_pace_alone(film: Film) -> None:
    plain, leapt = list(play(film, seconds=4)), list(scripts.stamped(play(film, seconds=4), 5000, begin=2))
    assert [cue.at for cue in leapt] == [cue.at for cue in plain]
    assert {after.timestamp_ms - before.timestamp_ms for before, after in zip(plain, leapt, strict=True)} == {0, 5000}


def test_what_is_held_back_comes_at_once_and_nothing_is_missing(film: Film) -> None:
    plain, held = list(play(film, seconds=6)), list(scripts.held_back(play(film, seconds=6), begin=2, seconds=2))
    assert media(held) == media(plain)
    assert not any(2 <= cue.at < 4 for cue in held)
    assert sum(cue.at == 4 for cue in held) > 20


def test_what_is_skipped_is_missing(film: Film) -> None:
    assert not any(2 <= cue.at < 4 for cue in scripts.skipped(play(film, seconds=6), begin=2, seconds=2))


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_begins_with_a_key_frame_and_never_goes_back_in_its_own_time(name: str) -> None:
    cues = list(SCRIPTS[name](40))
    assert all(before.at <= after.at for before, after in itertools.pairwise(cues))
    assert next(cue for cue in cues if cue.tag.kind == VIDEO and not cue.tag.is_header).tag.is_key
    assert all(0 <= cue.timestamp_ms < 2**32 for cue in cues)
    assert 38 < cues[-1].at < 42
