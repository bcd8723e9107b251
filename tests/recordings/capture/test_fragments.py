"""The splitter gives whole fragments with true facts, whatever the pipe does, and refuses nonsense in clear words."""

import io
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.capture.boxes import PRFT_BYTES, pack_prft, unpack_prft
from recordings.capture.fragments import (
    Fragment,
    FragmentSplitter,
    InitSegment,
    MalformedStream,
    check_continuity,
    parse_fragment,
    parse_init,
    walk_fragments,
)

Parts = tuple[InitSegment, list[Fragment]]
Pair = tuple[InitSegment, Fragment, Fragment]
Ffmpeg = Callable[..., bytes]
Split = Callable[[bytes], Parts]
pytestmark = pytest.mark.ffmpeg
slow_fixtures = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def box(kind: str, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def wide_box(kind: str, body: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind.encode(), 16 + len(body)) + body


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def fragment_of(init: InitSegment, *runs: bytes, tfhd: bytes | None = None, tfdt: bytes | None = None) -> Fragment:
    track = init.video_track_id
    head = box("tfhd", tfhd if tfhd is not None else numbers(0x020000, track))
    time = box("tfdt", tfdt if tfdt is not None else numbers(0, 700))
    moof = box(
        "moof", box("mfhd", numbers(0, 1)) + box("traf", head + time + b"".join(box("trun", run) for run in runs))
    )
    return parse_fragment(moof + box("mdat", bytes(1000)), len(moof), init)


class TestRealStream:
    def test_the_init_segment_names_codecs_size_and_timescale(self, parts: Parts) -> None:
        init, _ = parts
        assert init.video_codec.startswith("avc1.42c0")
        assert init.audio_codec == "mp4a.40.2"
        assert (init.width, init.height) == (320, 240)
        assert init.audio_timescale == 44100
        assert init.video_track_id != init.audio_track_id

    def test_fragments_are_whole_groups_of_pictures(self, parts: Parts) -> None:
        init, fragments = parts
        assert [fragment.frames for fragment in fragments] == [50, 50, 50, 50, 50, 25]
        assert all(fragment.is_key for fragment in fragments)
        # FFmpeg stretches the first frame over the time by which the camera's video starts after its sound.
        assert [fragment.duration_ticks / init.timescale for fragment in fragments] == [2.023, 2, 2, 2, 2, 1]
        assert [fragment.longest_frame_ticks * 1000 // init.timescale for fragment in fragments] == [
            63,
            40,
            40,
            40,
            40,
            40,
        ]
        assert all(a.end_ticks == b.decode_ticks for a, b in pairwise(fragments))
        assert sum(fragment.audio_samples for fragment in fragments) == pytest.approx(11 * 44100 / 1024, abs=3)

    def test_no_byte_is_lost(self, parts: Parts, stream: bytes) -> None:
        init, fragments = parts
        assert init.data + b"".join(fragment.data for fragment in fragments) == stream

    def test_bytes_that_come_fragment_by_fragment_give_the_same(self, parts: Parts) -> None:
        splitter = FragmentSplitter()
        init, fragments = parts
        given = [thing for data in (init.data, *(one.data for one in fragments)) for thing in splitter.feed(data)]
        assert given == [init, *fragments]

    def test_key_bytes_are_the_size_of_the_first_frame(
        self, parts: Parts, stream: bytes, tmp_path: Path, ffmpeg: Ffmpeg
    ) -> None:
        (tmp_path / "stream.mp4").write_bytes(stream)
        packets = ffmpeg("-i", tmp_path / "stream.mp4", "-map", "0:v", "-c", "copy", "-f", "framehash", "-")
        sizes = [int(line.split(b",")[4]) for line in packets.splitlines() if not line.startswith(b"#")]
        assert [fragment.key_bytes for fragment in parts[1]] == sizes[::50]

    def test_b_frames_do_not_confuse_the_count(
        self, tmp_path: Path, record: Ffmpeg, split: Split, ffmpeg: Ffmpeg
    ) -> None:
        source = tmp_path / "b.flv"
        encode = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "25", "-sc_threshold", "0"]
        ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-t", "3", *encode, source)
        init, fragments = split(record(source))
        assert [fragment.frames for fragment in fragments] == [25, 25, 25]
        assert init.audio_codec == ""
        assert init.audio_timescale == 0

    @pytest.mark.parametrize("codec", [("libx265", "hev1"), ("mpeg4", "mp4v")])
    def test_other_codecs_are_named_by_their_four_letters(
        self, tmp_path: Path, record: Ffmpeg, split: Split, codec: tuple[str, str], ffmpeg: Ffmpeg
    ) -> None:
        encoder, fourcc = codec
        source = tmp_path / "other.mkv"
        ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-t", "2", "-c:v", encoder, source)
        init, fragments = split(record(source))
        assert init.video_codec == fourcc
        assert sum(fragment.frames for fragment in fragments) == 50

    def test_a_stream_of_sound_alone_is_refused_by_name(self, camera_flv: Path, ffmpeg: Ffmpeg) -> None:
        sound = ffmpeg("-i", camera_flv, "-map", "0:a", "-c", "copy", "-f", "mp4", "-movflags", "empty_moov", "pipe:1")
        with pytest.raises(MalformedStream, match="no video track, only audio"):
            list(FragmentSplitter().feed(sound))

    def test_a_camera_whose_time_runs_back_is_found_out(self, tmp_path: Path, record: Ffmpeg, camera_flv: Path) -> None:
        restarted = camera_flv.read_bytes() + camera_flv.read_bytes()[13:]
        (tmp_path / "restarted.flv").write_bytes(restarted)
        splitter = FragmentSplitter()
        whole: list[InitSegment | Fragment] = []
        with pytest.raises(MalformedStream, match="ran backwards"):
            whole.extend(splitter.feed(record(tmp_path / "restarted.flv")))
        # The group of pictures in which time steps back is half good and still comes; the next one does not.
        assert [type(thing).__name__ for thing in whole] == ["InitSegment"] + ["Fragment"] * 6


class TestChunking:
    @slow_fixtures
    @given(data=st.data())
    def test_any_chunking_gives_the_same_things(self, data: st.DataObject, stream: bytes, parts: Parts) -> None:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=40)))
        splitter = FragmentSplitter()
        out: list[InitSegment | Fragment] = []
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            out.extend(splitter.feed(stream[start:end]))
        assert out == [parts[0], *parts[1]]

    def test_single_bytes_give_the_same_things(self, stream: bytes, parts: Parts) -> None:
        end = len(parts[0].data) + len(parts[1][0].data) + 100
        splitter = FragmentSplitter()
        out = [thing for place in range(end) for thing in splitter.feed(stream[place : place + 1])]
        assert out == [parts[0], parts[1][0]]

    def test_what_was_not_taken_comes_with_the_next_call(self, stream: bytes, parts: Parts) -> None:
        splitter = FragmentSplitter()
        next(splitter.feed(stream))
        assert list(splitter.feed(b"")) == parts[1]

    def test_other_boxes_between_fragments_are_ignored(self, parts: Parts) -> None:
        init, fragments = parts
        stream = init.data + box("free", b"x" * 9) + fragments[0].data + wide_box("mfra", b"y") + fragments[1].data
        assert list(FragmentSplitter().feed(stream)) == [init, *fragments[:2]]

    def test_an_mdat_with_a_64_bit_size_is_read(self, parts: Parts) -> None:
        init, fragments = parts
        moof_bytes = struct.unpack(">I", fragments[0].data[:4])[0]
        wide = fragments[0].data[:moof_bytes] + wide_box("mdat", fragments[0].data[moof_bytes + 8 :])
        _, fragment = FragmentSplitter().feed(init.data + wide)
        assert fragment == replace(fragments[0], data=wide)


class TestNonsense:
    @given(st.binary(max_size=400))
    def test_garbage_is_never_anything_but_malformed(self, garbage: bytes) -> None:
        with suppress(MalformedStream):
            assert list(FragmentSplitter().feed(garbage)) == []

    @slow_fixtures
    @given(data=st.data())
    def test_flipped_bytes_are_never_anything_but_malformed(
        self, data: st.DataObject, stream: bytes, parts: Parts
    ) -> None:
        head = len(parts[0].data) + 2500
        damaged = bytearray(stream[: len(parts[0].data) + len(parts[1][0].data)])
        for _ in range(data.draw(st.integers(1, 6))):
            damaged[data.draw(st.integers(0, head))] = data.draw(st.integers(0, 255))
        with suppress(MalformedStream):
            list(FragmentSplitter().feed(bytes(damaged)))

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda init, first: b"GET / HTTP/1.1\r\n\r\n", "box"),
            (lambda init, first: first, "'moof' box came where it cannot be"),
            (lambda init, first: init.data + box("mdat", b""), "'mdat' box came where it cannot be"),
            (lambda init, first: init.data + box("ftyp", b"") + first, "'moof' box came where it cannot be"),
            (lambda init, first: init.data + first[:-7] + init.data, "no box type|cannot"),
            (lambda init, first: init.data + numbers(0x7FFFFFFF) + b"moof", "beyond all measure"),
            (lambda init, first: init.data + numbers(0) + b"moof", "cannot exist"),
            (lambda init, first: box("ftyp", b"") + box("moov", b""), "no video track"),
        ],
    )
    def test_the_words_say_what_is_wrong(
        self, parts: Parts, make: Callable[[InitSegment, bytes], bytes], words: str
    ) -> None:
        init, fragments = parts
        bytes_ = make(init, fragments[0].data) + fragments[1].data
        with pytest.raises(MalformedStream, match=words):
            list(FragmentSplitter().feed(bytes_))

    def test_a_fragment_cannot_name_more_bytes_than_it_has(self, parts: Parts) -> None:
        with pytest.raises(MalformedStream, match="more bytes than it has"):
            fragment_of(parts[0], numbers(0x200, 1, 1001))

    def test_a_count_without_a_table_costs_no_time(self, parts: Parts) -> None:
        with pytest.raises(MalformedStream, match="beyond all measure"):
            fragment_of(parts[0], numbers(0, 0xFFFF_FFFF))

    def test_a_negative_time_that_wrapped_round_is_refused(self, parts: Parts) -> None:
        with pytest.raises(MalformedStream, match="before time 0"):
            fragment_of(parts[0], numbers(0, 1), tfdt=numbers(1 << 24, 0xFFFF_FFFF, 0xFFFF_FF00))

    def test_absolute_offsets_are_refused(self, parts: Parts) -> None:
        with pytest.raises(MalformedStream, match="default_base_moof"):
            fragment_of(parts[0], numbers(0, 1), tfhd=numbers(0x1, parts[0].video_track_id, 0, 0))


class TestDefaults:
    """ISO/IEC 14496-12, 8.8: a fact stands in trun, else in tfhd, else in trex."""

    NON_SYNC = 0x0001_0000

    @pytest.fixture
    def init(self, parts: Parts) -> InitSegment:
        init = parts[0]
        changed = [replace(known, duration_ticks=40, size_bytes=30, flags=self.NON_SYNC) for known in init.defaults]
        return replace(init, defaults=tuple(changed))

    def test_trex_speaks_when_nothing_else_does(self, init: InitSegment) -> None:
        found = fragment_of(init, numbers(0, 3))
        assert (found.frames, found.duration_ticks, found.key_bytes, found.is_key) == (3, 120, 30, False)
        assert found.decode_ticks == 700

    def test_tfhd_overrules_trex(self, init: InitSegment) -> None:
        tfhd = numbers(0x02_003A, init.video_track_id, 1, 50, 20, 0)
        found = fragment_of(init, numbers(0, 3), tfhd=tfhd)
        assert (found.duration_ticks, found.key_bytes, found.is_key, found.longest_frame_ticks) == (150, 20, True, 50)

    def test_trun_overrules_both(self, init: InitSegment) -> None:
        run = numbers(0xF01, 2, 8) + numbers(11, 100, 0, 0) + numbers(12, 200, self.NON_SYNC, 5)
        found = fragment_of(init, run)
        assert (found.duration_ticks, found.key_bytes, found.is_key, found.longest_frame_ticks) == (23, 100, True, 12)

    def test_first_sample_flags_make_a_key_frame(self, init: InitSegment) -> None:
        assert fragment_of(init, numbers(0x4, 2, 0)).is_key

    def test_several_runs_add_up(self, init: InitSegment) -> None:
        found = fragment_of(init, numbers(0x4, 2, 0), numbers(0x100, 1, 500))
        assert (found.frames, found.duration_ticks, found.longest_frame_ticks, found.is_key) == (3, 580, 500, True)

    def test_sound_alone_has_no_frames_and_lies_where_the_video_ended(self, init: InitSegment) -> None:
        traf = box("tfhd", numbers(0, init.audio_track_id)) + box("tfdt", numbers(0, 99)) + box("trun", numbers(0, 4))
        moof = box("moof", box("traf", traf))
        found = parse_fragment(moof + box("mdat", bytes(120)), len(moof), init, video_ended_ticks=1234)
        assert (found.frames, found.duration_ticks, found.is_key, found.audio_samples) == (0, 0, False, 4)
        assert found.decode_ticks == 1234


class TestContinuity:
    @pytest.fixture
    def pair(self, parts: Parts) -> Pair:
        return parts[0], parts[1][0], parts[1][1]

    def test_touching_fragments_pass(self, pair: Pair) -> None:
        check_continuity(*pair)

    def test_a_stall_of_eight_seconds_passes(self, pair: Pair) -> None:
        init, first, second = pair
        check_continuity(init, first, replace(second, decode_ticks=second.decode_ticks + 8 * init.timescale))

    def test_a_step_back_is_refused(self, pair: Pair) -> None:
        init, first, second = pair
        with pytest.raises(MalformedStream, match=r"backwards by 1\.000 s"):
            check_continuity(init, first, replace(second, decode_ticks=second.decode_ticks - init.timescale))

    def test_a_leap_ahead_is_refused(self, pair: Pair) -> None:
        init, first, second = pair
        with pytest.raises(MalformedStream, match="one frame lasts 3600 s"):
            check_continuity(init, first, replace(second, longest_frame_ticks=3600 * init.timescale))
        with pytest.raises(MalformedStream, match="leapt ahead by"):
            check_continuity(init, first, replace(second, decode_ticks=second.decode_ticks + 3600 * init.timescale))

    def test_sound_alone_says_nothing_about_video_time(self, pair: Pair) -> None:
        init, first, second = pair
        check_continuity(init, first, replace(second, frames=0, duration_ticks=0, decode_ticks=0))


class TestStamps:
    @given(st.integers(0, 4_000_000_000_000_000), st.integers(0, 2**63 - 1))
    def test_every_microsecond_until_2096_survives(self, start_us: int, media_ticks: int) -> None:
        stamp = pack_prft(1, start_us, media_ticks)
        assert len(stamp) == PRFT_BYTES
        assert unpack_prft(stamp) == (start_us, media_ticks)

    def test_the_box_is_as_the_standard_says(self) -> None:
        stamp = pack_prft(7, 500_000, 90_000)
        assert (
            stamp.hex()
            == "00000020" + b"prft".hex() + "01000018" + "00000007" + "83aa7e80" + "80000000" + f"{90_000:016x}"
        )


def test_a_file_is_walked_to_its_last_whole_fragment(parts: Parts) -> None:
    init, fragments = parts
    stamped = [pack_prft(1, 1_000_000 * place, f.decode_ticks) + f.data for place, f in enumerate(fragments)]
    found = list(walk_fragments(io.BytesIO(init.data + b"".join(stamped) + stamped[0][:-1])))
    assert [one.fragment for one in found] == fragments
    assert [one.start_us for one in found] == [1_000_000 * place for place in range(len(fragments))]
    assert [one.length for one in found] == [len(data) for data in stamped]
    assert found[0].offset == len(init.data)
    assert all(a.offset + a.length == b.offset for a, b in pairwise(found))


def test_a_file_without_a_whole_init_segment_is_malformed(parts: Parts) -> None:
    for length in (0, 7, 40, len(parts[0].data) - 1):
        with pytest.raises(MalformedStream):
            list(walk_fragments(io.BytesIO(parts[0].data[:length])))


def test_an_init_segment_reads_itself_again(parts: Parts) -> None:
    assert parse_init(parts[0].data) == parts[0]
