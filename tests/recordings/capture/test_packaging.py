"""What cameras send becomes fragments that the recorder takes, and what they do wrong becomes a new file with a reason."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.capture import packaging
from recordings.capture.flv_media import UnknownMedia
from recordings.capture.fragments import Fragment, FragmentSplitter, InitSegment, MalformedStream
from recordings.capture.packaging import Packager
from streaming.rtmp.chunk_stream import AUDIO, VIDEO, Message
from tests.recordings.capture.flv import (
    AVC_RECORD,
    aac_configuration,
    avc_configuration,
    messages_of,
    picture,
    sound,
)

HOUR_MS = 3_600_000
slow_fixtures = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class File:
    """One init segment, why it came, and the fragments behind it."""

    def __init__(self, init: InitSegment, reason: str) -> None:
        self.init = init
        self.reason = reason
        self.fragments: list[Fragment] = []

    @property
    def frames(self) -> int:
        return sum(fragment.frames for fragment in self.fragments)

    @property
    def seconds(self) -> float:
        return sum(fragment.duration_ticks for fragment in self.fragments) / self.init.timescale


def package(messages: Iterable[Message], *, clock: Callable[[Message], float] | None = None) -> list[File]:
    """The files that come of it, each read by the recorder's own splitter. Messages arrive when their time stamps say."""
    packager = Packager()
    files: list[File] = []
    splitter = FragmentSplitter()
    arrived = clock or (lambda message: message.timestamp / 1000)
    pieces = [piece for message in messages for piece in packager.feed([message], arrived(message))]
    for piece in [*pieces, *packager.finish()]:
        if piece.data[4:8] == b"ftyp":
            splitter = FragmentSplitter()
        for found in splitter.feed(piece.data):
            if isinstance(found, InitSegment):
                files.append(File(found, piece.init_reason))
            else:
                files[-1].fragments.append(found)
    return files


def camera(
    seconds: float, *, start: int = 0, gop_ms: int = 2000, with_sound: bool = True, announce: bool = True
) -> Iterator[Message]:
    """25 pictures a second and AAC at 48 kHz, time stamps rounded to milliseconds as RTMP has them."""
    if announce:
        yield avc_configuration(at=start)
    if announce and with_sound:
        yield aac_configuration(at=start)
    frames = 0
    for at in range(0, round(seconds * 1000), 40):
        yield picture(start + at, key=at % gop_ms == 0)
        while with_sound and frames * 1024 / 48 < at + 40:
            yield sound(start + round(frames * 1024 / 48))
            frames += 1


class TestGoodStream:
    def test_each_group_of_pictures_is_a_fragment_and_time_has_no_gaps(self) -> None:
        (file,) = package(camera(10))
        assert [fragment.frames for fragment in file.fragments] == [50] * 5
        assert all(fragment.is_key for fragment in file.fragments)
        assert [fragment.decode_ticks for fragment in file.fragments] == [0, 32000, 64000, 96000, 128000]
        assert file.seconds == 10
        assert (file.init.video_codec, file.init.audio_codec) == ("avc1.42c00d", "mp4a.40.2")
        assert (file.init.width, file.init.height, file.init.audio_timescale) == (320, 240, 48000)
        assert file.reason == ""

    def test_time_begins_at_0_whatever_the_camera_has_counted_to(self) -> None:
        (file,) = package(camera(4, start=2**32 - 1000), clock=lambda message: 0)
        assert [fragment.decode_ticks for fragment in file.fragments] == [0, 32000]

    def test_nothing_is_kept_from_before_the_first_key_frame(self) -> None:
        (file,) = package([avc_configuration(), picture(0), picture(40), *camera(2, start=80)])
        assert file.frames == 50

    def test_the_last_group_is_written_at_the_end(self) -> None:
        (file,) = package(camera(3))
        assert [fragment.frames for fragment in file.fragments] == [50, 25]
        assert file.fragments[-1].audio_samples > 40

    def test_a_stream_of_key_frames_alone_does_not_make_a_fragment_of_each(self) -> None:
        (file,) = package(camera(4, gop_ms=40))
        assert file.frames == 100
        assert len(file.fragments) == 10

    def test_a_group_without_end_is_written_in_parts(self) -> None:
        (file,) = package(camera(70, gop_ms=100_000, with_sound=False))
        assert [fragment.is_key for fragment in file.fragments] == [True, False, False]
        assert file.seconds == 70

    def test_a_group_of_many_bytes_is_written_in_parts(self) -> None:
        large = bytes(3 << 20)
        pictures = [picture(at, key=at == 0, payload=large) for at in range(0, 800, 40)]
        (file,) = package([avc_configuration(), *pictures])
        assert len(file.fragments) == 4
        assert file.frames == 20

    def test_an_empty_message_is_passed_over(self) -> None:
        (file,) = package([Message(AUDIO, 1, 0, b""), Message(VIDEO, 1, 0, b""), *camera(2)])
        assert file.frames == 50

    def test_a_stall_keeps_its_length(self) -> None:
        (file,) = package([*camera(2), *camera(2, start=10_000, announce=False)])
        assert file.fragments[0].longest_frame_ticks == 16 * 8040
        assert file.seconds == 12

    def test_time_stamps_that_step_back_a_little_still_rise(self) -> None:
        shaken = [picture(at, key=at == 0) for at in (0, 40, 30, 30, 120, 160)]
        (file,) = package([avc_configuration(), *shaken])
        assert file.frames == 6
        assert file.fragments[0].duration_ticks == 16 * 200


class TestSound:
    def test_without_sound_there_is_no_sound_track(self) -> None:
        (file,) = package(camera(4, with_sound=False))
        assert file.init.audio_codec == ""
        assert file.frames == 100

    def test_a_configuration_without_sound_behind_it_makes_no_track_either(self) -> None:
        (file,) = package([aac_configuration(), *camera(4, with_sound=False)])
        assert file.init.audio_codec == ""

    def test_sound_that_begins_late_begins_a_new_file_at_a_key_frame(self) -> None:
        late = [message for message in camera(10) if message.kind == VIDEO or message.timestamp >= 5000]
        silent, loud = package([*late[:3], aac_configuration(at=5000), *late[3:]])
        assert (silent.init.audio_codec, loud.init.audio_codec) == ("", "mp4a.40.2")
        assert loud.reason == packaging.SOUND_BEGAN
        assert (silent.seconds, loud.seconds) == (6, 4)
        assert loud.fragments[0].decode_ticks < 16 * 50

    def test_pictures_go_on_without_the_sound_that_stopped_and_so_does_the_next_file(self) -> None:
        kept = [message for message in camera(20) if message.kind == VIDEO or message.timestamp < 4000]
        loud, silent = package(kept)
        assert loud.frames + silent.frames == 500
        assert silent.reason == packaging.SOUND_STOPPED
        assert silent.init.audio_codec == ""

    def test_until_the_next_file_begins_the_sound_that_stopped_is_silence(self) -> None:
        loud, _silent = package(message for message in camera(20) if message.kind == VIDEO or message.timestamp < 4500)
        samples = sum(fragment.audio_samples for fragment in loud.fragments)
        assert samples * 1024 / 48000 == pytest.approx(loud.seconds, abs=0.05)

    def test_a_pause_of_the_sound_is_silence(self) -> None:
        (file,) = package(m for m in camera(20) if m.kind == VIDEO or not 4500 <= m.timestamp < 8000)
        samples = sum(fragment.audio_samples for fragment in file.fragments)
        assert samples * 1024 / 48000 == pytest.approx(20, abs=0.05)

    def test_a_stall_of_everything_is_not_taken_for_silence(self) -> None:
        assert len(package([*camera(4), *camera(4, start=12_000, announce=False)])) == 1

    def test_sound_that_lags_far_behind_stays(self) -> None:
        lagging = [m._replace(timestamp=m.timestamp - 6000) if m.kind == AUDIO else m for m in camera(20, start=9000)]
        (file,) = package(lagging)
        assert file.frames == 500
        assert sum(fragment.audio_samples for fragment in file.fragments) > 900

    def test_another_configuration_begins_a_new_file_without_losing_pictures(self) -> None:
        mono = aac_configuration(bytes.fromhex("1188"), at=3000)
        before, after = package([*camera(3), mono, *camera(5, start=3000, announce=False)])
        assert after.reason == packaging.SOUND_CHANGED
        assert before.frames + after.frames == 200

    def test_the_same_configuration_again_changes_nothing(self) -> None:
        assert len(package([*camera(4), *camera(4, start=4000)])) == 1


class TestChangedPicture:
    OTHER = AVC_RECORD[:-1] + b"\xc9"

    def test_a_new_file_begins_with_the_new_parameters(self) -> None:
        before, after = package(
            [*camera(3), avc_configuration(self.OTHER, at=3000), *camera(4, start=3000, announce=False)]
        )
        assert after.reason == packaging.PICTURE_CHANGED
        assert self.OTHER in after.init.data
        assert (before.frames, after.frames) == (75, 100)
        assert after.fragments[0].decode_ticks == 0

    def test_pictures_that_only_the_new_parameters_decode_are_not_put_into_the_old_file(self) -> None:
        torn = [*camera(3), avc_configuration(self.OTHER, at=3000), picture(3000), picture(3040)]
        before, after = package([*torn, *list(camera(2, start=3080, announce=False))])
        assert (before.frames, after.frames) == (75, 50)


class TestLeapingTime:
    @pytest.mark.parametrize("leap_ms", [HOUR_MS, -HOUR_MS, 12_000, -1500, 2**31 - 1])
    @pytest.mark.parametrize("leaps_at_ms", [4000, 5000])
    def test_time_runs_on_in_a_new_file_and_no_picture_is_lost(self, leap_ms: int, leaps_at_ms: int) -> None:
        start = 2 * HOUR_MS
        messages = list(camera(12, start=start))
        leapt = [
            message._replace(timestamp=(message.timestamp + leap_ms) % 2**32)
            if message.timestamp - start >= leaps_at_ms
            else message
            for message in messages
        ]
        arrivals = {id(after): before.timestamp / 1000 for before, after in zip(messages, leapt, strict=True)}
        files = package(leapt, clock=lambda message: arrivals[id(message)])
        assert [file.reason for file in files] == ["", packaging.TIME_LEAPT]
        assert sum(file.frames for file in files) == 300
        assert sum(file.seconds for file in files) == pytest.approx(12, abs=0.1)
        assert files[1].init.audio_codec == "mp4a.40.2"

    def test_a_leap_that_the_sound_makes_alone_is_one_leap(self) -> None:
        first, second = list(camera(4)), list(camera(12, start=4000, announce=False))
        leapt = [m._replace(timestamp=m.timestamp + HOUR_MS) if m.kind == AUDIO else m for m in second]
        files = package([*first, *leapt], clock=lambda message: message.timestamp % HOUR_MS / 1000)
        assert [file.reason for file in files] == ["", packaging.TIME_LEAPT]
        assert sum(file.frames for file in files) == 400


class TestUnknownMedia:
    @pytest.mark.parametrize(
        ("message", "what", "track"),
        [
            (Message(AUDIO, 1, 0, b"\x8e\xff"), "G.711 mu-law", "audio"),
            (Message(AUDIO, 1, 0, b"\x7e\xff"), "G.711 A-law", "audio"),
            (Message(AUDIO, 1, 0, b"\x2f\xff"), "MP3", "audio"),
            (Message(AUDIO, 1, 0, b"\xb2\xff"), "Speex", "audio"),
            (Message(AUDIO, 1, 0, b"\x90Opus"), "Opus", "audio"),
            (Message(VIDEO, 1, 0, b"\x1c\x00\x00\x00\x00"), "H.265", "video"),
            (Message(VIDEO, 1, 0, b"\x90hvc1"), "H.265", "video"),
            (Message(VIDEO, 1, 0, b"\x90av01"), "AV1", "video"),
            (Message(VIDEO, 1, 0, b"\x12\x00"), "Sorenson H.263", "video"),
            (Message(VIDEO, 1, 0, b"\x91????"), "of unknown kind", "video"),
            (picture(0, key=True), "H.264 without its parameter sets", "video"),
            (aac_configuration(bytes.fromhex("f94600")), "MPEG-4 audio of object type 42", "audio"),
        ],
    )
    def test_it_is_named(self, message: Message, what: str, track: str) -> None:
        with pytest.raises(UnknownMedia) as refusal:
            Packager().feed([message], 0)
        assert refusal.value.track == track
        assert refusal.value.what.startswith(what)

    def test_what_came_before_can_still_be_had(self) -> None:
        packager = Packager()
        packager.feed(camera(1), 0)
        with pytest.raises(UnknownMedia):
            packager.feed([Message(AUDIO, 1, 0, b"\x8e\xff")], 0)
        init, fragment = packager.finish()
        assert init.data[4:8] == b"ftyp"
        assert fragment.data[4:8] == b"moof"


bodies = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(lambda rest: b"\x17\x00\x00\x00\x00" + rest),
    st.binary(max_size=40).map(lambda rest: b"\xaf\x00" + rest),
    st.sampled_from([picture(0, key=True), picture(0), sound(0), avc_configuration(), aac_configuration()]).map(
        lambda message: message.body
    ),
)
garbage = st.builds(Message, st.sampled_from([AUDIO, VIDEO, 18]), st.just(1), st.integers(0, 2**32 - 1), bodies)


@given(st.lists(garbage, max_size=30))
def test_any_messages_are_packaged_or_refused(messages: list[Message]) -> None:
    with suppress(MalformedStream):
        package(messages)


@pytest.fixture(scope="module")
def flvs(ffmpeg: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """By the number of B-frames in a row."""
    paths = {count: tmp_path_factory.mktemp("flv") / f"{count}.flv" for count in (0, 2)}
    for count, path in paths.items():
        ffmpeg(
            *("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-f", "lavfi", "-i", "sine=sample_rate=44100"),
            *("-t", "5", "-c:v", "libx264", "-preset", "veryfast", "-bf", str(count), "-g", "50"),
            *("-pix_fmt", "yuv420p", "-c:a", "aac", path),
        )
    return paths


@pytest.mark.ffmpeg
class TestRealCamera:
    @pytest.mark.parametrize("b_frames", [0, 2])
    def test_ffmpeg_finds_every_packet_in_what_is_written(
        self, flvs: dict[int, Path], b_frames: int, tmp_path: Path, ffmpeg: Callable[..., bytes]
    ) -> None:
        flv = flvs[b_frames]
        packager = Packager()
        made = [*packager.feed(messages_of(flv.read_bytes()), 0), *packager.finish()]
        movie = tmp_path / "movie.mp4"
        movie.write_bytes(b"".join(piece.data for piece in made))
        for track in ("v", "a"):
            copied = [
                [
                    line.rsplit(b",", 1)[1]
                    for line in ffmpeg(
                        "-i", source, "-map", f"0:{track}", "-c", "copy", "-f", "framemd5", "-"
                    ).splitlines()
                    if not line.startswith(b"#")
                ]
                for source in (flv, movie)
            ]
            ahead = len(copied[0]) - len(copied[1])
            assert ahead <= 2 * (track == "a"), "sound ahead of the first picture, at most"
            assert copied[0][ahead:] == copied[1]

    @slow_fixtures
    @given(data=st.data())
    def test_flipped_bytes_are_never_anything_but_malformed(self, data: st.DataObject, flvs: dict[int, Path]) -> None:
        messages = list(messages_of(flvs[2].read_bytes()))
        for _ in range(data.draw(st.integers(1, 6))):
            place = data.draw(st.integers(0, len(messages) - 1))
            body = bytearray(messages[place].body)
            body[data.draw(st.integers(0, min(len(body), 60) - 1))] = data.draw(st.integers(0, 255))
            messages[place] = messages[place]._replace(body=bytes(body))
        random.Random(data.draw(st.integers(0, 9))).shuffle(messages)
        with suppress(MalformedStream):
            package(messages, clock=lambda message: 0)
