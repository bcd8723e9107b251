"""Where sound is missing there is silence, and nowhere else."""

import subprocess
from itertools import pairwise

import pytest

from recordings.capture.aac_configuration import AacConfiguration
from recordings.capture.sound_gaps import SILENT_FRAMES, Sound, SoundGaps

FRAME_MS = 1024 / 48
STEREO = AacConfiguration(b"\x11\x90", 48000, 2, 1024)
SURROUND = AacConfiguration(b"\x11\xb0", 48000, 6, 1024)


def sent(begin_ms: int, end_ms: int) -> list[Sound]:
    """Sound as a camera sends it."""
    count = round((end_ms - begin_ms) / FRAME_MS)
    return [Sound(begin_ms + round(place * FRAME_MS), b"loud") for place in range(count)]


def filled(gaps: SoundGaps, *fragments: tuple[list[Sound], int]) -> list[Sound]:
    return [sound for sounds, ends_ms in fragments for sound in gaps.fill(sounds, ends_ms=ends_ms)]


def test_sound_without_a_gap_is_left_as_it_is() -> None:
    first, second = sent(0, 2000), sent(2000, 4000)
    assert filled(SoundGaps(STEREO), (first, 2000), (second, 4000)) == first + second


def test_a_gap_is_filled_with_frames_that_follow_each_other() -> None:
    found = filled(SoundGaps(STEREO), (sent(0, 500) + sent(1500, 2000), 2000))
    assert all(20 <= after.at_ms - before.at_ms <= 35 for before, after in pairwise(found))
    silent = [sound.at_ms for sound in found if sound.payload == SILENT_FRAMES[2]]
    assert (silent[0], len(silent)) == (pytest.approx(500, abs=22), 47)


def test_a_fragment_without_sound_is_filled_to_its_end() -> None:
    found = filled(SoundGaps(STEREO), (sent(0, 2000), 2000), ([], 4000))
    assert found[-1].at_ms + FRAME_MS == pytest.approx(4000, abs=22)


def test_sound_that_is_a_little_late_is_waited_for() -> None:
    fragments = (sent(0, 2000), 2000), (sent(2000, 3200), 4000), (sent(3200, 6000), 6000)
    assert all(sound.payload == b"loud" for sound in filled(SoundGaps(STEREO), *fragments))


def test_sound_that_turned_out_to_be_late_is_kept_and_its_next_ends_are_left_alone() -> None:
    fragments = (sent(0, 2000), 2000), (sent(2000, 2500), 4000), (sent(2500, 4500), 6000), (sent(4500, 6500), 8000)
    found = filled(SoundGaps(STEREO), *fragments)
    assert [sound for sound in found if sound.payload == b"loud"] == [sound for each, _ in fragments for sound in each]
    assert len(found) - sum(len(each) for each, _ in fragments) == pytest.approx(1500 / FRAME_MS, abs=1)


def test_sound_that_always_lags_is_not_filled() -> None:
    fragments = [(sent(ends - 8000, ends - 6000), ends) for ends in range(8000, 20_000, 2000)]
    assert all(sound.payload == b"loud" for sound in filled(SoundGaps(STEREO), *fragments))


def test_of_more_channels_than_two_nothing_is_filled() -> None:
    assert all(sound.payload == b"loud" for sound in filled(SoundGaps(SURROUND), (sent(0, 2000), 2000), ([], 4000)))


@pytest.mark.ffmpeg
@pytest.mark.parametrize("channels", [1, 2])
def test_silent_frames_decode_to_silence(channels: int) -> None:
    frame = SILENT_FRAMES[channels]
    length = 7 + len(frame)
    # ADTS (ISO/IEC 14496-3, 1.A.2): LC, 48 kHz, without a checksum.
    header = bytes((0xFF, 0xF1, 0x4C, channels << 6, length >> 3, (length & 7) << 5 | 0x1F, 0xFC))
    command = ["ffmpeg", "-v", "error", "-f", "aac", "-i", "pipe:0", "-f", "s16le", "pipe:1"]
    done = subprocess.run(command, input=(header + frame) * 50, check=True, capture_output=True)
    assert done.stderr == b""
    assert len(done.stdout) == 50 * 1024 * channels * 2
    assert not any(done.stdout)
