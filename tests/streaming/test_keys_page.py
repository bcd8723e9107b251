"""A camera's keys in the portal: what is shown of them, and revoking one."""

from collections.abc import Callable

from django.test import Client

from accounts.models import User
from cameras.models import Camera
from streaming import stream_keys
from streaming.models import MediaNode
from streaming.stream_keys import IssuedKey

Page = Callable[[User], Client]


def test_keys_are_listed_by_their_last_letters(
    operator: User, camera: Camera, stream_key: IssuedKey, node: MediaNode, page_of: Page
) -> None:
    content = page_of(operator).get(f"/cameras/{camera.public_id}/keys/").content.decode()

    assert f"…{stream_key.key.hint}" in content
    assert stream_key.secret not in content
    assert stream_key.key.digest not in content
    assert f"rtmp://node.vms.example:1935/ingest/{camera.public_id}?key=YOUR-STREAM-KEY" in content


def test_htmx_gets_the_keys_without_the_frame(
    operator: User, camera: Camera, stream_key: IssuedKey, page_of: Page
) -> None:
    answer = page_of(operator).get(f"/cameras/{camera.public_id}/keys/", headers={"HX-Request": "true"})

    assert b"<html" not in answer.content
    assert stream_key.key.hint.encode() in answer.content


def test_revoking_asks_first(operator: User, camera: Camera, stream_key: IssuedKey, page_of: Page) -> None:
    browser = page_of(operator)
    address = f"/cameras/{camera.public_id}/keys/{stream_key.key.pk}/revoke/"

    assert b"Nobody can publish with a revoked key again" in browser.get(address).content
    stream_key.key.refresh_from_db()
    assert stream_key.key.revoked_at is None

    answer = browser.post(address, follow=True)
    stream_key.key.refresh_from_db()
    assert stream_key.key.revoked_at is not None
    assert f"The key ending in {stream_key.key.hint} is revoked" in answer.content.decode()


def test_a_key_is_revoked_only_through_its_own_camera(
    operator: User, camera: Camera, other_camera: Camera, stream_key: IssuedKey, page_of: Page
) -> None:
    answer = page_of(operator).post(f"/cameras/{other_camera.public_id}/keys/{stream_key.key.pk}/revoke/")

    assert answer.status_code == 404
    stream_key.key.refresh_from_db()
    assert stream_key.key.revoked_at is None


def test_a_viewer_revokes_nothing(viewer: User, camera: Camera, stream_key: IssuedKey, page_of: Page) -> None:
    answer = page_of(viewer).post(f"/cameras/{camera.public_id}/keys/{stream_key.key.pk}/revoke/")

    assert answer.status_code == 403


def test_a_revoked_key_cannot_be_revoked_again_from_the_list(
    operator: User, camera: Camera, stream_key: IssuedKey, page_of: Page
) -> None:
    stream_keys.revoke_key(stream_key.key, actor=operator)

    content = page_of(operator).get(f"/cameras/{camera.public_id}/keys/").content.decode()

    assert "revoked" in content
    assert f"/keys/{stream_key.key.pk}/revoke/" not in content
