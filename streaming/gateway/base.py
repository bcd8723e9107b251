"""What the product asks of a media server."""

from dataclasses import dataclass
from typing import Protocol


class GatewayError(Exception):
    """The media server could not be reached, or its answer made no sense."""


@dataclass(frozen=True, slots=True)
class LivePublisher:
    """One publishing client as the media server sees it now."""

    name: str
    client_id: int
    address: str
    bytes_in: int
    bits_per_second: int
    video_codec: str
    width: int
    height: int
    audio_codec: str
    players: int
    uptime_seconds: float


@dataclass(frozen=True, slots=True)
class NodeSight:
    """What a media server's process knows: its own number (0 when it does not tell), and who publishes to it, by name."""

    process_id: int
    publishers: dict[str, LivePublisher]


class IngestNode(Protocol):
    """A media server that cameras publish to."""

    def look(self) -> NodeSight:
        """Who publishes now. Raises GatewayError."""

    def drop_publisher(self, name: str) -> bool:
        """End a publish; whether there was one. Raises GatewayError."""
