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
