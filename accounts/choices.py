"""Words for what was done and through which door."""

from django.db.models import TextChoices


class AuditVerb(TextChoices):
    """What a verb function did."""

    SIGNED_IN = "signed_in", "signed in"
    SIGNED_OUT = "signed_out", "signed out"
    SIGN_IN_FAILED = "sign_in_failed", "failed to sign in"
    MEMBER_ADDED = "member_added", "added a member"
    ROLE_GIVEN = "role_given", "gave a role"
    MEMBER_DISABLED = "member_disabled", "disabled a member"
    SITE_ADDED = "site_added", "added a site"
    SITE_EDITED = "site_edited", "edited a site"
    GROUP_ADDED = "group_added", "added a camera group"
    GROUP_EDITED = "group_edited", "edited a camera group"
    VIEW_GRANTED = "view_granted", "granted a view"
    VIEW_WITHDRAWN = "view_withdrawn", "withdrew a view"
    CAMERA_ENROLLED = "camera_enrolled", "enrolled a camera"
    CAMERA_EDITED = "camera_edited", "edited a camera"
    CAMERA_DEACTIVATED = "camera_deactivated", "deactivated a camera"
    CAMERA_REACTIVATED = "camera_reactivated", "reactivated a camera"
    CAMERA_RETIRED = "camera_retired", "retired a camera"
    STREAM_KEY_ISSUED = "stream_key_issued", "issued a stream key"
    STREAM_KEY_REVOKED = "stream_key_revoked", "revoked a stream key"
    NODE_REGISTERED = "node_registered", "registered a media node"
    RECORDING_POLICY_SET = "recording_policy_set", "set the recording policy"
    PLAYBACK_TOKEN_ISSUED = "playback_token_issued", "opened video"
    ADMIN_CHANGED = "admin_changed", "changed a row in the admin site"


class Door(TextChoices):
    """Through which door an actor came in."""

    PAGE = "page", "portal"
    API = "api", "API"
    ADMIN = "admin", "admin site"
    NODE = "node", "media node"
    SYSTEM = "system", "system"
