"""What an installer types into a camera or encoder."""

from collections.abc import Iterable
from dataclasses import dataclass

from cameras.models import Camera
from streaming.choices import NodeState
from streaming.gateway.nginx_rtmp import APPLICATION
from streaming.models import MediaNode

KEY_PLACEHOLDER = "YOUR-STREAM-KEY"


@dataclass(frozen=True, slots=True)
class PublishAddress:
    """One way in: a whole address, and the two fields that OBS and many cameras ask for instead."""

    url: str
    server: str
    stream: str
    encrypted: bool


def addresses_of(camera: Camera, node: MediaNode, *, key: str = KEY_PLACEHOLDER) -> list[PublishAddress]:
    """The RTMP and RTMPS addresses of a camera on a node, the plain one first."""
    stream = f"{camera.public_id}?key={key}"
    servers = (
        (f"rtmp://{node.host}:{node.rtmp_port}/{APPLICATION}", False),
        (f"rtmps://{node.host}:{node.rtmps_port}/{APPLICATION}", True),
    )
    return [PublishAddress(f"{server}/{stream}", server, stream, encrypted) for server, encrypted in servers]


def node_for(camera: Camera) -> MediaNode | None:
    """The node a camera should publish to: of its site's region if there is one, else the first that takes cameras."""
    return nodes_for([camera]).get(camera.pk)


def nodes_for(cameras: Iterable[Camera]) -> dict[int, MediaNode]:
    """The nodes that cameras should publish to, by the camera's id; empty when no node is registered. One query."""
    nodes = list(MediaNode.objects.all())
    active = [node for node in nodes if node.state == NodeState.ACTIVE]
    of_region = {node.region: node for node in reversed(active)}
    any_node = next(iter([*active, *nodes]), None)
    chosen = {camera.pk: of_region.get(camera.site.region, any_node) for camera in cameras}
    return {pk: node for pk, node in chosen.items() if node is not None}
