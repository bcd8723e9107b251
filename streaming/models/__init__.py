"""Tables of the streaming app."""

from streaming.models.media_node import MediaNode
from streaming.models.publish_attempt import PublishAttempt
from streaming.models.publish_session import PublishSession
from streaming.models.stream_key import StreamKey

__all__ = ["MediaNode", "PublishAttempt", "PublishSession", "StreamKey"]
