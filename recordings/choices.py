"""Words for recordings: causes, modes, places."""

from django.db.models import TextChoices


class GapCause(TextChoices):
    """Why footage stops, and so why there is none after it."""

    ROTATED = "rotated", "The next file follows"
    PUBLISHER_CLOSED = "publisher_closed", "The camera stopped publishing"
    IDLE_SOCKET = "idle_socket", "The camera's connection went silent"
    KEY_REVOKED = "key_revoked", "The stream key was revoked"
    KEY_EXPIRED = "key_expired", "The stream key expired"
    CAMERA_INACTIVE = "camera_inactive", "The camera was deactivated"
    CAMERA_RETIRED = "camera_retired", "The camera was retired"
    REFUSED_ADDRESS = "refused_address", "The access rules let nobody publish from the camera's address"
    CUT_OFF = "cut_off", "Somebody ended the publish by hand"
    RECORDING_OFF = "recording_off", "Recording was switched off"
    NODE_LOST = "node_lost", "The media node was away"
    RECORDER_STOPPED = "recorder_stopped", "The recorder was stopped"
    RECORDER_CRASHED = "recorder_crashed", "The recorder failed"
    STREAM_CHANGED = "stream_changed", "The stream changed and was started again"
    DISK_FULL = "disk_full", "The disk was full"
    WRONG_VOLUME = "wrong_volume", "The disk for footage was not mounted"
    CLOCK_SET = "clock_set", "The clock of the node was set"
    UNSUPPORTED_VIDEO = "unsupported_video", "The video could not be recorded"
    NEVER_PUBLISHED = "never_published", "Nothing was recorded yet"
    UNKNOWN = "unknown", "Unknown"


def gap_cause_of(end_reason: str) -> GapCause:
    """Why footage is missing after a publish that ended for this reason (streaming's EndReason)."""
    if end_reason == "superseded":  # its connection had died without a word before the camera came back
        return GapCause.IDLE_SOCKET
    return GapCause(end_reason) if end_reason in GapCause.values else GapCause.NODE_LOST


class RecordingMode(TextChoices):
    """When a camera is recorded."""

    CONTINUOUS = "continuous", "Continuous"
    OFF = "off", "Off"


class RecordingSource(TextChoices):
    """What reads a camera's stream for the recorder."""

    AUTO = "auto", "Automatic"
    RTMP = "rtmp", "The recorder itself"
    FFMPEG = "ffmpeg", "FFmpeg"


class TierKind(TextChoices):
    """How quickly a tier answers."""

    HOT = "hot", "Hot"


class LocationState(TextChoices):
    """Whether the bytes are there."""

    AVAILABLE = "available", "Available"
