"""`check_archive`: finds what is wrong with an archive, and repairs what it is told to repair and nothing else."""

import os
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from recordings.capture.index import HEADER_BYTES, index_path_of, read_index
from recordings.capture.index_columns import RECORD_BYTES
from recordings.models import Recording, StorageTier
from tests.recordings.conftest import Film

PathOf = Callable[[Recording], Path]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.django_db]


@pytest.fixture
def media_path(film: Film, media_path_of: PathOf) -> Path:
    """The file of a recording that is whole."""
    return media_path_of(film()[0])


def report(*words: str) -> str:
    """What the command prints when all is well, or has been repaired."""
    said = StringIO()
    call_command("check_archive", *words, stdout=said)
    return said.getvalue()


def complaints(*words: str) -> str:
    """What it prints when something is wrong; it must end with an error then."""
    said = StringIO()
    with pytest.raises(CommandError, match="not what the database says"):
        call_command("check_archive", *words, stdout=said)
    return said.getvalue()


def test_a_whole_archive_has_no_problems(media_path: Path) -> None:
    assert report() == "0 problems in 1 recordings\n"


def test_a_missing_file_is_found_and_nothing_is_forgotten(media_path: Path) -> None:
    media_path.unlink()
    assert f"missing file  {media_path}" in complaints("--rebuild-indexes", "--adopt-orphans")
    assert Recording.objects.count() == 1


def test_a_flipped_byte_is_found_by_its_digest(media_path: Path) -> None:
    data = bytearray(media_path.read_bytes())
    data[read_index(index_path_of(media_path)).records[2].offset + 500] ^= 0x01
    media_path.write_bytes(data)
    assert "changed bytes" in complaints()
    assert "fragment 2: its bytes have changed" in complaints()
    assert report("--quick") == "0 problems in 1 recordings\n"


def test_a_file_that_was_cut_off_is_found_without_reading_it(media_path: Path) -> None:
    os.truncate(media_path, media_path.stat().st_size // 2)
    assert "shorter than its index says" in complaints("--quick")


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: os.truncate(index_path_of(path), HEADER_BYTES + RECORD_BYTES + 7),
        lambda path: index_path_of(path).unlink(),
        lambda path: index_path_of(path).write_bytes(b"\x00" * 64),
    ],
)
def test_a_torn_index_is_found_and_rebuilt_only_when_told(media_path: Path, harm: Callable[[Path], None]) -> None:
    whole = read_index(index_path_of(media_path))
    harm(media_path)
    assert "torn index" in complaints("--quick")
    assert "torn index" in complaints("--adopt-orphans")
    assert "repaired" in report("--rebuild-indexes")
    assert len(read_index(index_path_of(media_path)).records) == len(whole.records)
    assert report() == "0 problems in 1 recordings\n"


def test_an_orphan_of_any_day_is_found_and_adopted_only_when_told(media_path: Path) -> None:
    orphan = media_path.with_name(f"235959_{uuid4().hex}.mp4")
    shutil.copy(media_path, orphan)
    shutil.copy(index_path_of(media_path), index_path_of(orphan))
    assert report() == "0 problems in 1 recordings\n", "a file this young may get its row in a moment"
    os.utime(orphan, (0, 0))
    assert f"orphan file  {orphan}" in complaints("--rebuild-indexes")
    assert Recording.objects.count() == 1
    assert "repaired" in report("--adopt-orphans")
    assert report() == "0 problems in 2 recordings\n"


def test_a_disk_that_is_not_mounted_is_one_problem(media_path: Path, tier: StorageTier) -> None:
    shutil.move(tier.root, f"{tier.root}-elsewhere")
    said = complaints("--rebuild-indexes", "--adopt-orphans")
    assert said.splitlines() == [
        f"wrong volume  {tier.root}  {tier.root}/.vms-tier cannot be read: is the disk mounted?",
        "1 problems in 1 recordings",
    ]


def test_a_row_that_claims_another_end_is_found(media_path: Path) -> None:
    recording = Recording.objects.get()
    Recording.objects.update(ended_at=recording.started_at)
    assert "ends at another instant than its file" in complaints("--quick")


def test_a_file_that_is_being_written_is_left_alone(media_path: Path) -> None:
    Recording.objects.update(ended_at=None)
    index_path_of(media_path).unlink()
    assert report("--rebuild-indexes", "--adopt-orphans") == "0 problems in 1 recordings\n"


def test_an_unknown_tier_is_named() -> None:
    with pytest.raises(CommandError, match="There is no tier 'cold'"):
        call_command("check_archive", "--tier", "cold")


def test_a_file_that_a_power_cut_has_emptied_is_no_problem_where_its_row_says_so(media_path: Path) -> None:
    Recording.objects.update(fragment_count=0, size_bytes=0)
    assert "has another size than its file" in complaints(), "there is footage of which the row knows nothing"
    media_path.write_bytes(b"")
    index_path_of(media_path).unlink()
    assert report() == "0 problems in 1 recordings\n"
    media_path.unlink()
    assert report() == "0 problems in 1 recordings\n"
