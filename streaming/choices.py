"""Words for publishing: states, refusals, reasons."""

from django.db.models import TextChoices


class SessionState(TextChoices):
    """How far a publish has come."""

    ADMITTED = "admitted", "Admitted, no video yet"
    FLOWING = "flowing", "Video flows"
    ENDED = "ended", "Ended"


class EndReason(TextChoices):
    """Why a publish ended."""

    PUBLISHER_CLOSED = "publisher_closed", "The camera closed the connection"
    KEY_REVOKED = "key_revoked", "Its stream key was revoked"
    KEY_EXPIRED = "key_expired", "Its stream key expired"
    CAMERA_INACTIVE = "camera_inactive", "The camera was deactivated"
    CAMERA_RETIRED = "camera_retired", "The camera was retired"
    IDLE_SOCKET = "idle_socket", "No data arrived and the node closed the connection"
    NODE_LOST = "node_lost", "The media node restarted or could not be reached"
    REFUSED_ADDRESS = "refused_address", "The access rules let nobody publish from its address"
    CUT_OFF = "cut_off", "Somebody ended it by hand"
    SUPERSEDED = "superseded", "The node no longer had the connection when the camera came back"


class RefusalCause(TextChoices):
    """Why a camera may not publish, in words for an installer."""

    UNKNOWN_CAMERA = "unknown_camera", "No camera has this name"
    MISSING_KEY = "missing_key", "The stream key is missing from the address"
    WRONG_KEY = "wrong_key", "The stream key is wrong"
    EXPIRED_KEY = "expired_key", "The stream key has expired"
    REVOKED_KEY = "revoked_key", "The stream key was revoked"
    INACTIVE_CAMERA = "inactive_camera", "The camera is deactivated"
    RETIRED_CAMERA = "retired_camera", "The camera is retired"
    REFUSED_ADDRESS = "refused_address", "The access rules let nobody publish from this address"
    ALREADY_PUBLISHING = "already_publishing", "The camera is already publishing over another connection"
    UNKNOWN_NODE = "unknown_node", "The media node is not registered"
    DRAINING_NODE = "draining_node", "The media node takes no new cameras"


ADVICE: dict[str, str] = {
    RefusalCause.UNKNOWN_CAMERA: "Copy the publish address from the camera's page.",
    RefusalCause.MISSING_KEY: "Write the address with ?key=… at its end, as the camera's page shows it.",
    RefusalCause.WRONG_KEY: "Copy the whole key, or rotate it and enter the new one.",
    RefusalCause.EXPIRED_KEY: "Rotate the key and enter the new one.",
    RefusalCause.REVOKED_KEY: "Rotate the key and enter the new one.",
    RefusalCause.INACTIVE_CAMERA: "Reactivate the camera on its page.",
    RefusalCause.RETIRED_CAMERA: "Enrol the device again, under another serial number.",
    RefusalCause.REFUSED_ADDRESS: "Have an administrator allow the camera's network (Administration, Access rules).",
    RefusalCause.ALREADY_PUBLISHING: "Stop the other encoder, or give each its own camera.",
    RefusalCause.UNKNOWN_NODE: "Run register_node on the media node.",
    RefusalCause.DRAINING_NODE: "Publish to another media node.",
}


class Trouble(TextChoices):
    """What is wrong with a publish that is connected but shows nothing."""

    NONE = "", ""
    UNSUPPORTED_VIDEO = (
        "unsupported_video",
        "The camera sends data, but no H.264 video. It probably sends H.265 (HEVC), which RTMP media nodes "
        "do not relay. Set the camera's video codec to H.264 (AVC).",
    )
    NO_DATA = "no_data", "The camera is connected but has sent no video yet."
    LEFT_BEHIND = "left_behind", "The media node was reloaded and asks the camera to connect again."


class NodeState(TextChoices):
    """Whether a media node takes cameras."""

    ACTIVE = "active", "Active"
    DRAINING = "draining", "Draining"
    LOST = "lost", "Lost"


WANTED_NODE_STATES = [(state.value, state.label) for state in (NodeState.ACTIVE, NodeState.DRAINING)]
"""What people may ask of a node; that it is lost is only seen."""
