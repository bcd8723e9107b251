"""A tier's folder is known by its marker: a disk that is not mounted, or another one, is not written to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.test import Client

from accounts.models import User
from recordings import tiers
from recordings.capture import reconciling
from recordings.capture.fragments import Fragment, InitSegment
from recordings.capture.track import Track
from recordings.choices import GapCause
from recordings.models import Interruption, Recording, StorageTier
from recordings.signals import tier_not_mounted
from recordings.tiers import WrongVolume
from streaming.models import MediaNode, PublishSession
from tests.recordings.conftest import NOON_US, arriving

pytestmark = pytest.mark.django_db
Parts = tuple[InitSegment, list[Fragment]]


@pytest.fixture
def alarms(tier: StorageTier, settings: Any) -> Iterator[list[str]]:
    """What the floor above is told."""
    heard: list[str] = []

    def hear(detail: str, **kwargs: Any) -> None:
        heard.append(detail)

    tier_not_mounted.connect(hear)
    yield heard
    tier_not_mounted.disconnect(hear)
    connection = redis.Redis.from_url(settings.REDIS_URL)
    connection.delete(f"vms:tier:not-mounted:{tier.pk}")
    connection.close()


def marker_of(tier: StorageTier) -> Path:
    return Path(tier.root) / tiers.MARKER_NAME


def lose(tier: StorageTier) -> None:
    marker_of(tier).unlink()


def exchange(tier: StorageTier) -> None:
    marker_of(tier).write_text(f"{uuid4()}\n")


def test_a_new_tier_is_marked_and_stays_what_it_is(tier: StorageTier, node: MediaNode) -> None:
    assert marker_of(tier).read_text().strip() == str(tier.marker)
    assert tiers.hot_tier_of(node).marker == tier.marker
    assert tiers.is_mounted(tier)
    assert [path.name for path in Path(tier.root).iterdir()] == [tiers.MARKER_NAME]


def test_a_folder_from_before_markers_is_marked_when_it_is_used(tier: StorageTier, node: MediaNode) -> None:
    lose(tier)
    StorageTier.objects.update(marker=None)
    again = tiers.hot_tier_of(node)
    assert again.marker not in (None, tier.marker)
    assert tiers.is_mounted(again)


@pytest.mark.parametrize(("happens", "words"), [(lose, "is the disk mounted"), (exchange, "belongs to another tier")])
def test_a_disk_that_is_not_the_tiers_is_told_in_words(
    tier: StorageTier, happens: Callable[[StorageTier], None], words: str
) -> None:
    happens(tier)
    with pytest.raises(WrongVolume, match=words):
        tiers.require_mounted(tier)
    assert not tiers.is_mounted(tier)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("happens", [lose, exchange])
def test_no_file_is_begun_on_it(
    session: PublishSession, tier: StorageTier, parts: Parts, happens: Callable[[StorageTier], None]
) -> None:
    happens(tier)
    track = Track(session, tier, not_before_us=0)
    track.begin(parts[0])
    with pytest.raises(WrongVolume):
        track.append(parts[1][0], arrival=arriving(NOON_US))
    assert list(Path(tier.root).rglob("*.mp4")) == []
    assert not Recording.objects.exists()


def test_reconciling_tells_it_once_and_says_why_cameras_are_not_recorded(
    session: PublishSession, tier: StorageTier, node: MediaNode, alarms: list[str]
) -> None:
    lose(tier)
    reconciling.reconcile(node)
    reconciling.reconcile(node)
    assert len(alarms) == 1
    mark = Interruption.objects.get()
    assert (mark.camera, mark.cause) == (session.camera, GapCause.WRONG_VOLUME)
    assert "is the disk mounted" in mark.detail


def test_pages_say_that_nothing_is_recorded(
    tier: StorageTier, alarms: list[str], admin: User, page_of: Callable[[User], Client]
) -> None:
    assert b"There is room for footage" in page_of(admin).get("/storage/notice/").content
    tiers.raise_alarm(tier, "is the disk mounted?")
    notice = page_of(admin).get("/storage/notice/").content.decode()
    assert "Nothing is recorded" in notice
    assert "is the disk mounted?" in notice
    assert "Not mounted" in page_of(admin).get("/storage/").content.decode()
