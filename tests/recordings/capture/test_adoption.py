"""After a crash: rows get the true length, files without a row get one, torn indexes are rebuilt. Nothing is deleted."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cameras.models import Camera
from recordings.capture import adoption
from recordings.capture.index import (
    HEADER_BYTES,
    index_path_of,
    read_index,
    verify_index,
)
from recordings.capture.index_columns import RECORD_BYTES
from recordings.choices import GapCause
from recordings.models import Recording, RecordingLocation, StorageTier
from streaming.choices import EndReason
from streaming.models import PublishSession
from tests.recordings.conftest import NOON, Film

PathOf = Callable[[Recording], Path]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.django_db]


@pytest.fixture
def media_path(film: Film, media_path_of: PathOf) -> Path:
    """A whole file of six fragments."""
    return media_path_of(film()[0])


def tear_index(path: Path) -> None:
    os.truncate(index_path_of(path), HEADER_BYTES + 2 * RECORD_BYTES + 30)


def lose_index(path: Path) -> None:
    index_path_of(path).unlink()


def spoil_header(path: Path) -> None:
    index_path_of(path).write_bytes(b"\x00" * HEADER_BYTES)


def spoil_record(path: Path) -> None:
    data = bytearray(index_path_of(path).read_bytes())
    data[HEADER_BYTES + 3 * RECORD_BYTES + 8] ^= 0xFF
    index_path_of(path).write_bytes(data)


@pytest.mark.parametrize("harm", [tear_index, lose_index, spoil_header, spoil_record])
def test_an_index_that_is_torn_or_missing_is_rebuilt_from_its_file(
    media_path: Path, harm: Callable[[Path], None]
) -> None:
    whole = read_index(index_path_of(media_path))
    harm(media_path)

    mended = adoption.trustworthy_index(media_path)

    assert mended is not None
    assert [record.offset for record in mended.records] == [record.offset for record in whole.records]
    assert [record.start_us for record in mended.records] == [record.start_us for record in whole.records]
    assert verify_index(media_path, mended) == []
    assert read_index(index_path_of(media_path)).records == mended.records


def test_a_torn_file_is_kept_and_its_tail_is_left_out(media_path: Path) -> None:
    whole = read_index(index_path_of(media_path))
    torn_bytes = whole.records[-1].offset + 100
    os.truncate(media_path, torn_bytes)

    mended = adoption.trustworthy_index(media_path)

    assert mended is not None
    assert len(mended.records) == len(whole.records) - 1
    assert media_path.stat().st_size == torn_bytes


def test_a_file_whose_torn_tail_is_known_is_not_read_again(media_path: Path) -> None:
    whole = read_index(index_path_of(media_path))
    with media_path.open("ab") as file:
        file.write(b"half a fragment")
    before = index_path_of(media_path).stat().st_ino

    found = adoption.trustworthy_index(media_path, known_bytes=whole.media_bytes)
    assert found == whole
    assert index_path_of(media_path).stat().st_ino == before

    adoption.trustworthy_index(media_path)
    assert index_path_of(media_path).stat().st_ino != before


def test_there_is_no_index_of_a_file_that_is_gone_or_nothing(media_path: Path) -> None:
    media_path.write_bytes(b"not a video at all, and too short as well")
    assert adoption.trustworthy_index(media_path) is None
    media_path.unlink()
    assert adoption.trustworthy_index(media_path) is None


def lose_row(row: Recording) -> None:
    row.locations.all().delete()
    row.delete()


def test_a_file_without_a_row_gets_one_with_the_id_in_its_name(
    film: Film, tier: StorageTier, media_path_of: PathOf, camera: Camera
) -> None:
    (row,) = film()
    path = media_path_of(row)
    names = ("pk", "camera", "started_at", "ended_at", "size_bytes", "fragment_count", "video_codec", "audio_codec")
    before = [getattr(row, name) for name in names]
    lose_row(row)

    adopted = adoption.adopt(tier, path)

    assert [getattr(adopted, name) for name in names] == before
    assert adopted is not None
    assert adopted.pk.hex in path.name
    assert media_path_of(adopted) == path
    assert adopted.end_cause == GapCause.UNKNOWN


def test_a_file_without_a_row_ended_as_its_publish_did(
    film: Film, tier: StorageTier, media_path_of: PathOf, session: PublishSession
) -> None:
    (row,) = film()
    path, ended_at = media_path_of(row), row.ended_at
    lose_row(row)
    PublishSession.objects.filter(pk=session.pk).update(
        ended_at=ended_at + timedelta(seconds=1), end_reason=EndReason.PUBLISHER_CLOSED, state="ended"
    )

    adopted = adoption.adopt(tier, path)

    assert adopted is not None
    assert (adopted.session, adopted.end_cause) == (session, GapCause.PUBLISHER_CLOSED)


def test_a_file_without_row_and_index_is_adopted_all_the_same(
    film: Film, tier: StorageTier, media_path_of: PathOf
) -> None:
    (row,) = film()
    path = media_path_of(row)
    lose_row(row)
    lose_index(path)

    adopted = adoption.adopt(tier, path)

    assert adopted is not None
    assert adopted.fragment_count == 6
    assert index_path_of(path).exists()


def test_files_of_nobody_are_left_where_they_are(film: Film, tier: StorageTier, media_path_of: PathOf) -> None:
    (row,) = film()
    path = media_path_of(row)
    stranger = Path(tier.root) / "aaaaaaaaaaaa" / path.relative_to(Path(tier.root) / row.camera.public_id)
    stranger.parent.mkdir(parents=True)
    shutil.copy(path, stranger)
    foreign = path.with_name("holiday.mp4")
    shutil.copy(path, foreign)

    assert adoption.adopt(tier, stranger) is None
    assert adoption.adopt(tier, foreign) is None
    assert stranger.exists()
    assert foreign.exists()


def test_only_files_of_the_last_days_without_a_row_are_looked_for(
    film: Film, tier: StorageTier, media_path_of: PathOf, camera: Camera
) -> None:
    import time_machine

    known, lost = film()[0], film(seconds=60)[0]
    path = media_path_of(lost)
    lose_row(lost)
    path.with_name("holiday.mp4").touch()

    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert adoption.orphans(tier, days=2) == [path]
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        assert adoption.orphans(tier, days=2) == []
    assert RecordingLocation.objects.get(recording=known).media_path.exists()
