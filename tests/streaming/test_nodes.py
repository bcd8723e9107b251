"""Nodes register themselves, cameras are shown the right one, and start-up checks name what is missing."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.choices import AuditVerb
from accounts.models import AuditEntry
from cameras.models import Camera
from streaming import checks, publish_addresses
from streaming.choices import NodeState
from streaming.models import MediaNode


@pytest.mark.django_db
def test_a_node_registers_itself_and_again_after_a_change(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.PUBLIC_HOST = "cam.vms.example"
    call_command("register_node")
    settings.RTMP_PORT = 11935
    call_command("register_node")

    node = MediaNode.objects.get()
    assert (node.name, node.host, node.rtmp_port, node.state) == ("local", "cam.vms.example", 11935, NodeState.ACTIVE)
    assert AuditEntry.objects.filter(verb=AuditVerb.NODE_REGISTERED).count() == 2
    assert "rtmp://cam.vms.example:11935" in capsys.readouterr().out


def test_registering_again_does_not_end_draining(node: MediaNode) -> None:
    MediaNode.objects.update(state=NodeState.DRAINING)

    call_command("register_node", stdout=StringIO())

    assert MediaNode.objects.get().state == NodeState.DRAINING


def test_an_installer_gets_both_addresses_whole_and_in_fields(camera: Camera, node: MediaNode) -> None:
    plain, encrypted = publish_addresses.addresses_of(camera, node, key="secret")

    assert plain.url == f"rtmp://node.vms.example:1935/ingest/{camera.public_id}?key=secret"
    assert encrypted.url == f"rtmps://node.vms.example:1936/ingest/{camera.public_id}?key=secret"
    assert f"{plain.server}/{plain.stream}" == plain.url
    assert (plain.encrypted, encrypted.encrypted) == (False, True)
    assert len(encrypted.url) < 200


def test_without_a_key_an_address_shows_where_it_goes(camera: Camera, node: MediaNode) -> None:
    assert publish_addresses.addresses_of(camera, node)[0].url.endswith("?key=YOUR-STREAM-KEY")


@pytest.fixture
def make_node(node: MediaNode) -> Callable[..., MediaNode]:
    """Another node: `make_node("us1", region="us")`."""

    def make(name: str, **facts: Any) -> MediaNode:
        return MediaNode.objects.create(name=name, registered_at=node.registered_at, **facts)

    return make


def test_a_camera_publishes_to_a_node_of_its_region(
    camera: Camera, other_camera: Camera, make_node: Callable[..., MediaNode], node: MediaNode
) -> None:
    make_node("a-first", region="us")

    assert publish_addresses.node_for(camera) == node
    assert publish_addresses.node_for(other_camera) is not None


def test_a_lost_node_is_shown_only_when_there_is_no_other(
    camera: Camera, make_node: Callable[..., MediaNode], node: MediaNode
) -> None:
    MediaNode.objects.filter(pk=node.pk).update(state=NodeState.LOST)
    assert publish_addresses.node_for(camera) == node

    spare = make_node("spare", region="asia")
    assert publish_addresses.node_for(camera) == spare


def test_without_any_node_there_is_no_address(camera: Camera) -> None:
    assert publish_addresses.node_for(camera) is None


def test_a_missing_node_secret_stops_the_start_with_a_hint(settings: Any) -> None:
    settings.NODE_SECRET = ""

    (error,) = checks.node_secret_is_set()
    assert (error.id, "VMS_NODE_SECRET" in str(error.hint)) == ("streaming.E001", True)


def test_a_missing_ffmpeg_is_named_with_a_hint(settings: Any) -> None:
    settings.FFMPEG = "/no/such/ffmpeg"

    (error,) = checks.ffmpeg_is_installed()
    assert (error.id, "VMS_FFMPEG" in str(error.hint)) == ("streaming.E002", True)


def test_a_good_installation_has_nothing_to_say(settings: Any) -> None:
    settings.FFMPEG = "sh"

    assert checks.node_secret_is_set() == checks.ffmpeg_is_installed() == []
