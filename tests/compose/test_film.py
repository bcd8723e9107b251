"""A film can be played over and over: no frame is missing and none comes twice where it begins anew."""

import itertools
import subprocess
from pathlib import Path

import pytest

from compose.local.camera_scripts import play
from compose.local.film import G711_A, Film, Picture, film_of_tags, make_film, open_film
from compose.local.flv import AUDIO, VIDEO, Tag


def steps_of(film: Film, kind: int, *, loops: int = 3) -> set[int]:
    """Milliseconds from one frame, or piece of sound, to the next over several loops."""
    cues = play(film, seconds=loops * film.duration_ms / 1000)
    times = [cue.timestamp_ms for cue in cues if cue.tag.kind == kind and not cue.tag.is_header]
    return {after - before for before, after in itertools.pairwise(times)}


def test_it_begins_anew_without_a_seam(film: Film) -> None:
    assert film.duration_ms == 2000
    assert steps_of(film, VIDEO) == {100}
    assert steps_of(film, AUDIO) == {250}


def test_sound_that_begins_later_than_the_video_wraps_around() -> None:
    frames = [Tag(VIDEO, 100 * number, b"\x17\x01\0\0\0f") for number in range(10)]
    sounds = [Tag(AUDIO, 130 + 250 * number, bytes([0xAF, 1, number])) for number in range(5)]
    film = film_of_tags([*frames, *sounds])
    assert [tag.body[2] for tag in film.samples if tag.kind == AUDIO] == [0, 1, 2, 3]
    wrapped = film_of_tags([*frames, *(Tag(AUDIO, tag.timestamp_ms + 200, tag.body) for tag in sounds)])
    assert [tag.body[2] for tag in wrapped.samples if tag.kind == AUDIO] == [3, 0, 1, 2]
    assert steps_of(film, AUDIO) == steps_of(wrapped, AUDIO) == {250}


def test_the_longest_group_of_pictures_is_known(film: Film) -> None:
    assert film.frames_per_gop == 10


@pytest.mark.ffmpeg
def test_a_made_film_is_what_was_asked_for() -> None:
    film = make_film(Picture(width=64, height=48, frames_per_second=10, sound=G711_A, b_frames=1, seconds=4))
    frames = [tag for tag in film.samples if tag.kind == VIDEO]
    assert (len(frames), film.frames_per_gop, film.duration_ms) == (40, 20, 4000)
    assert {tag.body[0] >> 4 for tag in film.samples if tag.kind == AUDIO} == {7}
    assert steps_of(film, AUDIO) == {20}
    assert any(int.from_bytes(tag.body[2:5]) for tag in frames), "frames are shown in another order than they come"


@pytest.mark.ffmpeg
def test_a_film_that_is_there_is_not_encoded_again(tmp_path: Path) -> None:
    made = tmp_path / "made.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10", "-t", "3", "-c:v", "libx264", "-g", "10"]
    subprocess.run(["ffmpeg", "-v", "error", *source, str(made)], check=True)
    hashes = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "packet=size", "-of", "csv=p=0", str(made)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert [str(len(tag.payload)) for tag in open_film(made).samples] == [line.strip(",") for line in hashes]
