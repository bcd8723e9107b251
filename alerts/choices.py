"""Words for news, and for what becomes of it."""

from typing import Final

from django.db.models import TextChoices

from accounts.scopes import Scope


class EventType(TextChoices):
    """What webhooks can be told of."""

    CAMERA_ENROLLED = "camera.enrolled", "A camera was enrolled"
    CAMERA_ONLINE = "camera.online", "Video of a camera flows"
    CAMERA_OFFLINE = "camera.offline", "Video of a camera stopped"
    RECORDING_STARTED = "recording.started", "A file is being recorded"
    RECORDING_FINISHED = "recording.finished", "A recorded file is complete"
    RECORDING_FAILED = "recording.failed", "Footage that was wanted is missed"
    STORAGE_NEARLY_FULL = "storage.nearly_full", "A disk for footage is nearly full"
    STORAGE_HAS_ROOM = "storage.has_room", "A disk for footage has room again"
    STORAGE_NOT_MOUNTED = "storage.not_mounted", "A disk for footage is not there"
    SECURITY_EVENT = "security.event", "A security rule was broken"
    WEBHOOK_TEST = "webhook.test", "A test"


SUBSCRIBABLE: Final = [(one.value, one.label) for one in EventType if one != EventType.WEBHOOK_TEST]

SCOPE_OF: Final[dict[str, Scope]] = {
    EventType.CAMERA_ENROLLED: Scope.CAMERAS_READ,
    EventType.CAMERA_ONLINE: Scope.CAMERAS_READ,
    EventType.CAMERA_OFFLINE: Scope.CAMERAS_READ,
    EventType.RECORDING_STARTED: Scope.RECORDINGS_READ,
    EventType.RECORDING_FINISHED: Scope.RECORDINGS_READ,
    EventType.RECORDING_FAILED: Scope.RECORDINGS_READ,
    EventType.STORAGE_NEARLY_FULL: Scope.NODES_READ,
    EventType.STORAGE_HAS_ROOM: Scope.NODES_READ,
    EventType.STORAGE_NOT_MOUNTED: Scope.NODES_READ,
    EventType.SECURITY_EVENT: Scope.SECURITY_READ,
}
"""What the owner of a webhook must hold to be told."""


class DeliveryState(TextChoices):
    """What became of a delivery."""

    WAITING = "waiting", "waiting"
    DELIVERED = "delivered", "delivered"
    GIVEN_UP = "given_up", "given up"


class RuleName(TextChoices):
    """What is watched for."""

    FAILED_SIGN_INS = "failed_sign_ins", "Burst of failed sign-ins"
    NEW_COUNTRY = "new_country", "API token from a new country"
    REFRESH_REUSED = "refresh_reused", "Refresh token used twice"
    MASS_DOWNLOAD = "mass_download", "Mass download of footage"
    REQUEST_RATE = "request_rate", "Requests far above a token's own past"
    KEY_GUESSING = "key_guessing", "Guessing of stream keys"


class Severity(TextChoices):
    """How soon somebody should look."""

    LOW = "low", "low"
    MEDIUM = "medium", "medium"
    HIGH = "high", "high"


class EventState(TextChoices):
    """Whether somebody has looked."""

    OPEN = "open", "open"
    ACKNOWLEDGED = "acknowledged", "acknowledged"


class ResponseMode(TextChoices):
    """Whether a rule answers by itself."""

    OFF = "off", "off"
    DRY_RUN = "dry_run", "dry run"
    ON = "on", "on"


class ResponseKind(TextChoices):
    """What a rule can answer with."""

    BLOCK_ADDRESS = "block_address", "block the address for a time"
    SUSPEND_TOKEN = "suspend_token", "suspend the API token"
    END_SESSIONS = "end_sessions", "end all sessions of the person"
    REQUIRE_SECOND_FACTOR = "require_second_factor", "require a second factor of the person"


class ResponseState(TextChoices):
    """What became of the answer."""

    NONE = "none", "none"
    DRY_RUN = "dry_run", "dry run"
    CARRIED_OUT = "carried_out", "carried out"
    NOT_POSSIBLE = "not_possible", "not possible"
    UNDONE = "undone", "undone"
