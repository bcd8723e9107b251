"""What a peer can do wrong."""


class RtmpError(Exception):
    """The peer's bytes are not RTMP as specified; the message says what is wrong in plain words."""
