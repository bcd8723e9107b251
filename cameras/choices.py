"""Words for a camera's state."""

from django.db.models import TextChoices


class CameraStatus(TextChoices):
    """Whether video flows."""

    ONLINE = "online", "Online"
    OFFLINE = "offline", "Offline"


class Badge(TextChoices):
    """The one word people see: status, unless the camera is out of use."""

    ONLINE = "online", "Online"
    OFFLINE = "offline", "Offline"
    INACTIVE = "inactive", "Inactive"
    RETIRED = "retired", "Retired"


class Sight(TextChoices):
    """How much of a camera a grant shows."""

    LIVE = "live", "live only"
    LIVE_AND_RECORDED = "recorded", "live and recorded"


class SightCause(TextChoices):
    """Why somebody sees a camera, or does not."""

    ACCOUNT_DISABLED = "account_disabled", "the account is disabled"
    SCOPE_MISSING = "scope_missing", "the role does not allow it"
    EVERY_CAMERA = "every_camera", "the role sees every camera"
    GRANT = "grant", "it is granted"
    NO_GRANT = "no_grant", "nothing is granted"
    LIVE_ONLY = "live_only", "only live is granted"


class RowOutcome(TextChoices):
    """What became of a row of a list of cameras."""

    ENROLLED = "enrolled", "enrolled"
    UPDATED = "updated", "updated"
    UNCHANGED = "unchanged", "unchanged"
    REFUSED = "refused", "refused"
