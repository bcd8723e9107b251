"""Room for footage in the portal: the table, and the notice on every page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.test import Client

from accounts.models import User
from recordings.models import StorageTier
from streaming.models import MediaNode

Page = Callable[[User], Client]


@pytest.fixture
def tier(node: MediaNode, tmp_path: Path) -> StorageTier:
    return StorageTier.objects.create(name="hot-local", node=node, root=str(tmp_path))


@pytest.fixture
def nearly_full(tier: StorageTier) -> Iterator[StorageTier]:
    """The recorder has raised the alarm: 512 MB are left."""
    connection = redis.Redis.from_url(settings.REDIS_URL)
    connection.set(f"vms:tier:nearly-full:{tier.pk}", str(512 * 1024**2))
    yield tier
    connection.delete(f"vms:tier:nearly-full:{tier.pk}")
    connection.close()


def test_a_tier_is_told_with_its_free_room(operator: User, tier: StorageTier, page_of: Page) -> None:
    content = page_of(operator).get("/storage/").content.decode()

    assert tier.root in content
    assert "GB" in content
    assert "Nearly full" not in content


def test_a_tier_on_another_machine_is_not_guessed_at(operator: User, tier: StorageTier, page_of: Page) -> None:
    StorageTier.objects.filter(pk=tier.pk).update(root="/no/such/folder")

    assert b"not visible from here" in page_of(operator).get("/storage/").content


def test_every_page_of_an_operator_asks_for_the_notice(operator: User, viewer: User, page_of: Page) -> None:
    assert b'hx-get="/storage/notice/"' in page_of(operator).get("/cameras/").content
    assert b'hx-get="/storage/notice/"' not in page_of(viewer).get("/cameras/").content


def test_a_tier_that_is_nearly_full_is_announced(operator: User, nearly_full: StorageTier, page_of: Page) -> None:
    browser = page_of(operator)

    notice = browser.get("/storage/notice/", headers={"HX-Request": "true"}).content.decode()

    assert "hot-local has 512.0\xa0MB left" in notice
    assert 'role="alert"' in notice
    assert b"Nearly full" in browser.get("/storage/").content


def test_with_room_there_is_no_notice(operator: User, tier: StorageTier, page_of: Page) -> None:
    notice = page_of(operator).get("/storage/notice/", headers={"HX-Request": "true"})

    assert notice.content.strip() == b""


@pytest.mark.parametrize("path", ["/storage/", "/storage/notice/"])
def test_a_viewer_does_not_look_after_storage(viewer: User, page_of: Page, path: str) -> None:
    assert page_of(viewer).get(path).status_code == 403
