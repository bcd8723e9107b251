"""A media file and its index agree, whatever moment the recorder dies at."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from recordings.capture.fragments import Fragment, InitSegment
from recordings.capture.hour_file import HourFile, rotation_boundary, sync_volume
from recordings.capture.index import (
    HEADER_BYTES,
    Index,
    IndexRecord,
    digest_of,
    index_path_of,
    read_index,
    rebuild_index,
    verify_index,
    write_index,
)
from recordings.capture.index_columns import RECORD_BYTES

Parts = tuple[InitSegment, list[Fragment]]
pytestmark = pytest.mark.ffmpeg
NOON_US = 1_795_000_000_123_457
HOUR_US = 3_600_000_000


@pytest.fixture
def media_path(tmp_path: Path) -> Path:
    return tmp_path / "abc" / "2026" / "11" / "24" / "120000_0123.mp4"


@pytest.fixture
def written(media_path: Path, parts: Parts) -> list[IndexRecord]:
    """The records of a file with all fragments of the stream, at the pace of their media time."""
    with HourFile.create(media_path, parts[0]) as hour:
        return list(append_all(hour, parts))


def append_all(hour: HourFile, parts: Parts) -> Iterator[IndexRecord]:
    init, fragments = parts
    for fragment in fragments:
        start_us = hour.ended_us or NOON_US
        yield hour.append(fragment, start_us, fragment.duration_ticks * 1_000_000 // init.timescale)


def test_ffprobe_reads_every_frame_without_a_complaint(media_path: Path, written: list[IndexRecord]) -> None:
    count = "stream=codec_type,nb_read_packets,nb_read_frames"
    command = [
        "ffprobe",
        "-v",
        "warning",
        "-count_packets",
        "-count_frames",
        "-show_entries",
        count,
        "-of",
        "json",
        media_path,
    ]
    done = subprocess.run(command, check=True, capture_output=True)
    video, audio = json.loads(done.stdout)["streams"]
    assert (video["nb_read_packets"], video["nb_read_frames"]) == ("275", "275")
    assert int(audio["nb_read_packets"]) > 470
    assert b"rror" not in done.stderr
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", media_path, "-f", "null", "-"], check=True, capture_output=True
    )
    assert decoded.stderr == b""


def test_the_properties_follow_what_was_appended(media_path: Path, parts: Parts) -> None:
    with HourFile.create(media_path, parts[0]) as hour:
        assert (hour.fragment_count, hour.started_us, hour.ended_us) == (0, None, None)
        assert hour.size_bytes == len(parts[0].data) == media_path.stat().st_size
        records = list(append_all(hour, parts))
        assert hour.size_bytes == media_path.stat().st_size == records[-1].end_offset
        assert hour.fragment_count == len(records) == 6
        assert (hour.started_us, hour.ended_us) == (NOON_US, NOON_US + 11_023_000)


def test_the_index_read_while_the_file_is_open_is_up_to_date(media_path: Path, parts: Parts) -> None:
    with HourFile.create(media_path, parts[0]) as hour:
        so_far = []
        for record in append_all(hour, parts):
            so_far.append(record)
            assert read_index(hour.index_path).records == tuple(so_far)


def test_the_index_rebuilt_from_the_media_file_equals_the_written_one(
    media_path: Path, written: list[IndexRecord]
) -> None:
    index = read_index(index_path_of(media_path))
    assert index.records == tuple(written)
    assert rebuild_index(media_path) == index
    assert verify_index(media_path, index) == []


def test_an_uneven_pace_and_sound_alone_are_rebuilt_too(media_path: Path, parts: Parts, sound_alone: Fragment) -> None:
    init, fragments = parts
    durations = [2_380_952, 2_100_000, 2_000_001, 1_900_000]
    with HourFile.create(media_path, init) as hour:
        for fragment, duration_us in zip(fragments[:4], durations, strict=True):
            hour.append(fragment, hour.ended_us or NOON_US, duration_us)
        last = hour.append(sound_alone, hour.ended_us or 0, 0)
    assert (last.frames, last.duration_us, last.is_key) == (0, 0, False)
    assert rebuild_index(media_path) == read_index(index_path_of(media_path))


def test_the_last_duration_of_a_rebuilt_index_keeps_the_pace_before_it(media_path: Path, parts: Parts) -> None:
    init, fragments = parts
    with HourFile.create(media_path, init) as hour:
        for fragment in fragments[1:4]:
            hour.append(fragment, hour.ended_us or NOON_US, 2_380_952)
    assert rebuild_index(media_path).records[-1].duration_us == 2_380_952


def test_every_torn_media_file_rebuilds_to_the_fragments_that_are_whole(
    media_path: Path, written: list[IndexRecord], tmp_path: Path
) -> None:
    media = media_path.read_bytes()
    torn_path = tmp_path / "torn.mp4"
    ends = [record.end_offset for record in written]
    lengths = {
        edge + by for edge in [written[0].offset, *ends] for by in (-1, 0, 1, 5, 8, 31, 32, 33, 40, 48, 300, 900)
    }
    for length in sorted(length for length in lengths if written[0].offset <= length <= len(media)):
        torn_path.write_bytes(media[:length])
        whole = tuple(record for record in written if record.end_offset <= length)
        assert without_last_duration(rebuild_index(torn_path)) == without_last_duration(
            Index.of(rebuild_index(torn_path).header, whole)
        )


def without_last_duration(index: Index) -> list[tuple[int, ...]]:
    """A torn file does not say how long its last fragment was on the wall clock."""
    facts = [
        (r.offset, r.length, r.start_us, r.duration_us, r.decode_ticks, r.frames, r.key_bytes) for r in index.records
    ]
    return [*facts[:-1], *((fact[0], fact[1], fact[2], fact[4]) for fact in facts[-1:])]


def test_every_torn_index_reads_as_the_records_that_are_whole(media_path: Path, written: list[IndexRecord]) -> None:
    path = index_path_of(media_path)
    data = path.read_bytes()
    for length in range(HEADER_BYTES, len(data) + 1):
        path.write_bytes(data[:length])
        assert read_index(path).records == tuple(written[: (length - HEADER_BYTES) // RECORD_BYTES])


def test_a_fragment_damaged_in_the_middle_is_found(media_path: Path, written: list[IndexRecord]) -> None:
    index = read_index(index_path_of(media_path))
    data = bytearray(media_path.read_bytes())
    data[written[2].end_offset - 10] ^= 1
    media_path.write_bytes(data[:-20] + b"")
    assert verify_index(media_path, index) == [
        "fragment 2: its bytes have changed",
        f"fragment 5: 20 of {written[5].length} bytes are missing",
    ]
    assert index.within(len(data) - 20).records == tuple(written[:5])


def test_bytes_without_an_index_are_found_and_a_rebuild_takes_them_in(
    media_path: Path, written: list[IndexRecord]
) -> None:
    path = index_path_of(media_path)
    path.write_bytes(path.read_bytes()[:-RECORD_BYTES])
    short = read_index(path)
    assert verify_index(media_path, short) == [
        f"{written[-1].length} bytes after the last fragment are not in the index"
    ]
    write_index(path, rebuild_index(media_path))
    assert read_index(path).records == tuple(written)
    assert sorted(found.name for found in path.parent.iterdir()) == [path.name, media_path.name]


def test_nothing_is_ever_overwritten(media_path: Path, parts: Parts, written: list[IndexRecord]) -> None:
    before = media_path.read_bytes()
    with pytest.raises(FileExistsError):
        HourFile.create(media_path, parts[0])
    media_path.rename(media_path.with_suffix(".kept"))
    with pytest.raises(FileExistsError):
        HourFile.create(media_path, parts[0])
    assert not media_path.exists()
    assert media_path.with_suffix(".kept").read_bytes() == before


def test_a_fragment_that_would_overlap_is_refused(media_path: Path, parts: Parts) -> None:
    with HourFile.create(media_path, parts[0]) as hour:
        hour.append(parts[1][0], NOON_US, 2_000_000)
        with pytest.raises(ValueError, match="before the last one ended"):
            hour.append(parts[1][1], NOON_US + 1_999_999, 2_000_000)
        assert hour.fragment_count == 1
    assert verify_index(media_path, read_index(index_path_of(media_path))) == []


def test_closing_twice_is_fine_and_a_closed_file_takes_nothing(media_path: Path, parts: Parts) -> None:
    hour = HourFile.create(media_path, parts[0])
    hour.close()
    hour.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        hour.append(parts[1][0], NOON_US, 1)


@pytest.mark.parametrize(("room", "whole"), [(100, None), (5_000, 0), (400_000, 1), (1_000_000, 2)])
def test_a_limit_on_file_size_leaves_whole_fragments_and_says_disk_full(
    stream: bytes, parts: Parts, tmp_path: Path, room: int, whole: int | None
) -> None:
    """RLIMIT_FSIZE makes write(2) come back short and then fail, as a full disk does."""
    done = fill(tmp_path / "archive", stream, tmp_path, limit=room)
    check_filled(done, tmp_path / "archive" / "full.mp4", parts)


@pytest.mark.parametrize("kilobytes", [300, 404])
def test_a_full_disk_leaves_whole_fragments_and_says_disk_full(
    stream: bytes, parts: Parts, tmp_path: Path, kilobytes: int
) -> None:
    volume = tmp_path / "volume"
    done = fill(volume, stream, tmp_path, volume_kilobytes=kilobytes)
    check_filled(done, tmp_path / "copy" / "full.mp4", parts)


def test_a_disk_with_room_for_the_fragment_but_not_for_its_record_takes_neither(tmp_path: Path) -> None:
    """The index of 63 records fills a page of the file system; the media file has room in the page it already has."""
    script = """
        head = InitSegment(bytes(100), 16_000, 1, "avc1", "", 1, 1, 0)
        hour = HourFile.create(folder / "full.mp4", head)
        for number in range(63):
            hour.append(Fragment(b"x" * 100, number, 1, 1, True, 1, 1, 0), 1_000_000 + number, 1)
        with suppress(OSError), (folder / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
        before = hour.size_bytes
        with suppress(OSError), hour.media_path.open("ab", buffering=0) as probe:
            assert probe.write(bytes(132)) == 132, "the media file has room"
            probe.truncate(before)
        try:
            hour.append(Fragment(b"x" * 100, 63, 1, 1, True, 1, 1, 0), 2_000_000, 1)
        except DiskFull as error:
            told.append(str(error))
        (folder / "ballast").unlink()
        hour.append(Fragment(b"y" * 100, 63, 1, 1, True, 1, 1, 0), 2_000_000, 1)
        hour.close()
    """
    done = in_a_process(script, tmp_path / "volume", tmp_path, volume_kilobytes=300)
    index = read_index(tmp_path / "copy" / "full.idx")
    assert done["told"]
    assert (done["count"], len(index.records)) == (64, 64)
    data = (tmp_path / "copy" / "full.mp4").read_bytes()
    assert len(data) == index.media_bytes == done["size"]
    assert data.endswith(b"y" * 100)
    assert all(digest_of(data[record.offset : record.end_offset]) == record.digest for record in index.records)


def fill(
    folder: Path, stream: bytes, tmp_path: Path, *, limit: int = 0, volume_kilobytes: int = 0
) -> dict[str, object]:
    """Append the stream's fragments in a process of its own until there is no room, then go on trying."""
    (tmp_path / "stream.mp4").write_bytes(stream)
    script = f"""
        init, *fragments = FragmentSplitter().feed(Path({str(tmp_path / "stream.mp4")!r}).read_bytes())
        if {limit}:
            resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        try:
            hour = HourFile.create(folder / "full.mp4", init)
        except DiskFull as error:
            print(json.dumps({{"told": [str(error)], "left": [path.name for path in folder.iterdir()]}}))
            sys.exit()
        for fragment in fragments * 2:
            try:
                hour.append(fragment, hour.ended_us or 1_000_000, 2_000_000)
            except DiskFull as error:
                told.append(str(error))
        hour.close()
    """
    return in_a_process(script, folder, tmp_path, volume_kilobytes=volume_kilobytes)


def in_a_process(script: str, folder: Path, tmp_path: Path, *, volume_kilobytes: int = 0) -> dict[str, object]:
    """Run `script` for `folder`: on a real volume of that size, in a mount namespace of its own, when one is asked for.

    Such a volume is gone with the process, so its files are left in `tmp_path / "copy"`.
    """
    folder.mkdir(exist_ok=True)
    before = f"""
        import json, resource, shutil, sys
        from contextlib import suppress
        from pathlib import Path
        from recordings.capture.fragments import Fragment, FragmentSplitter, InitSegment
        from recordings.capture.hour_file import DiskFull, HourFile
        folder = Path({str(folder)!r})
        told = []
    """
    after = f"""
        if {volume_kilobytes}:
            shutil.copytree(folder, {str(tmp_path / "copy")!r})
        print(json.dumps({{"told": told, "count": hour.fragment_count, "size": hour.size_bytes}}))
    """
    command = [sys.executable, "-c", "".join(map(textwrap.dedent, (before, script, after)))]
    if volume_kilobytes:
        mount = f'mount -t tmpfs -o size={volume_kilobytes}k none {folder} && exec "$@"'
        may_mount = [] if os.geteuid() == 0 else ["--map-root-user"]
        command = ["unshare", *may_mount, "--mount", "sh", "-c", mount, "sh", *command]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def check_filled(done: dict[str, object], media_path: Path, parts: Parts) -> None:
    told = done["told"]
    assert isinstance(told, list)
    assert told
    assert all("no room left for" in words for words in told)
    if "left" in done:
        assert done["left"] == []
        return
    index = read_index(index_path_of(media_path))
    assert len(index.records) == done["count"]
    assert media_path.stat().st_size == done["size"]
    assert index_path_of(media_path).stat().st_size == HEADER_BYTES + RECORD_BYTES * len(index.records)
    assert verify_index(media_path, index) == []
    assert [record.frames for record in rebuild_index(media_path).records] == [
        record.frames for record in index.records
    ]


def test_an_hour_of_fragments_of_real_size_keeps_its_order(media_path: Path, parts: Parts) -> None:
    init, fragments = parts
    with HourFile.create(media_path, init) as hour:
        for number in range(120):
            hour.append(fragments[1 + number % 4], NOON_US + number * 2_000_000, 2_000_000)
    records = read_index(index_path_of(media_path)).records
    assert len(records) == 120
    assert all(a.end_us == b.start_us and a.end_offset == b.offset for a, b in pairwise(records))
    shutil.rmtree(media_path.parent)


def test_boundaries_are_clock_hours_in_utc() -> None:
    assert rotation_boundary(5 * HOUR_US, 3600) == 6 * HOUR_US
    assert rotation_boundary(5 * HOUR_US + 1, 3600) == 6 * HOUR_US
    assert rotation_boundary(6 * HOUR_US - 1, 3600) == 6 * HOUR_US
    assert rotation_boundary(61_000_000, 60) == 120_000_000


def test_a_volume_can_be_synced_by_any_path_on_it(tmp_path: Path) -> None:
    sync_volume(tmp_path)
    (tmp_path / "file").touch()
    sync_volume(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        sync_volume(tmp_path / "nothing")
