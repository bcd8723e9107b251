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
    VIEW_EDITED = "view_edited", "changed how much a grant shows"
    VIEW_WITHDRAWN = "view_withdrawn", "withdrew a view"
    CAMERA_ENROLLED = "camera_enrolled", "enrolled a camera"
    CAMERA_EDITED = "camera_edited", "edited a camera"
    CAMERA_DEACTIVATED = "camera_deactivated", "deactivated a camera"
    CAMERA_REACTIVATED = "camera_reactivated", "reactivated a camera"
    CAMERA_RETIRED = "camera_retired", "retired a camera"
    STREAM_KEY_ISSUED = "stream_key_issued", "issued a stream key"
    STREAM_KEY_REVOKED = "stream_key_revoked", "revoked a stream key"
    PUBLISH_CUT_OFF = "publish_cut_off", "ended a publish"
    NODE_REGISTERED = "node_registered", "registered a media node"
    RECORDING_POLICY_SET = "recording_policy_set", "set the recording policy"
    MEMBER_INVITED = "member_invited", "invited a member"
    MEMBER_ENABLED = "member_enabled", "enabled a member"
    MEMBER_EDITED = "member_edited", "edited a member"
    PASSWORD_CHANGED = "password_changed", "changed a password"
    EMAIL_CHANGED = "email_changed", "changed an e-mail address"
    SECOND_FACTOR_ADDED = "second_factor_added", "added a second factor"
    SECOND_FACTOR_REMOVED = "second_factor_removed", "removed a second factor"
    RECOVERY_CODES_MADE = "recovery_codes_made", "made recovery codes"
    SESSIONS_ENDED = "sessions_ended", "ended sessions"
    IDENTITY_LINKED = "identity_linked", "linked an identity from elsewhere"
    IDENTITY_UNLINKED = "identity_unlinked", "unlinked an identity from elsewhere"
    ELEVATED = "elevated", "was elevated"
    ELEVATION_ENDED = "elevation_ended", "ended an elevation"
    ROLE_ADDED = "role_added", "added a role"
    ROLE_EDITED = "role_edited", "edited a role"
    ROLE_REMOVED = "role_removed", "removed a role"
    USER_GROUP_ADDED = "user_group_added", "added a group of people"
    USER_GROUP_EDITED = "user_group_edited", "edited a group of people"
    USER_GROUP_REMOVED = "user_group_removed", "removed a group of people"
    API_TOKEN_ISSUED = "api_token_issued", "issued an API token"
    API_TOKEN_EDITED = "api_token_edited", "edited an API token"
    API_TOKEN_ROTATED = "api_token_rotated", "rotated an API token"
    API_TOKEN_REVOKED = "api_token_revoked", "revoked an API token"
    API_TOKEN_SUSPENDED = "api_token_suspended", "suspended an API token"
    API_TOKEN_RESUMED = "api_token_resumed", "let a suspended API token be used again"
    REFRESH_FAMILY_BEGUN = "refresh_family_begun", "signed a program in"
    REFRESH_FAMILY_REVOKED = "refresh_family_revoked", "signed a program out"
    ACCESS_RULE_ADDED = "access_rule_added", "added an access rule"
    ACCESS_RULE_EDITED = "access_rule_edited", "edited an access rule"
    ACCESS_RULE_REMOVED = "access_rule_removed", "removed an access rule"
    AUDIT_EXPORTED = "audit_exported", "exported the audit"
    AUDIT_TRIMMED = "audit_trimmed", "removed old audit entries"
    CAMERAS_IMPORTED = "cameras_imported", "enrolled cameras from a list"
    SITE_REMOVED = "site_removed", "removed a site"
    GROUP_REMOVED = "group_removed", "removed a camera group"
    PUBLISH_URL_SIGNED = "publish_url_signed", "signed a temporary publish address"
    NODE_EDITED = "node_edited", "edited a media node"
    WEBHOOK_ADDED = "webhook_added", "added a webhook"
    WEBHOOK_EDITED = "webhook_edited", "edited a webhook"
    WEBHOOK_REMOVED = "webhook_removed", "removed a webhook"
    WEBHOOK_SECRET_ROTATED = "webhook_secret_rotated", "rotated the secret of a webhook"
    WEBHOOK_SECRET_SHOWN = "webhook_secret_shown", "was shown the secret of a webhook"
    WEBHOOK_TESTED = "webhook_tested", "sent a test to a webhook"
    WEBHOOK_REDELIVERED = "webhook_redelivered", "had news sent to a webhook again"
    SECURITY_RULE_EDITED = "security_rule_edited", "edited a security rule"
    SECURITY_EVENT_ACKNOWLEDGED = "security_event_acknowledged", "acknowledged a security event"
    SECURITY_RESPONSE_CARRIED_OUT = "security_response", "responded to a security event"
    SECURITY_RESPONSE_UNDONE = "security_response_undone", "undid a response to a security event"
    PLAYBACK_TOKEN_ISSUED = "playback_token_issued", "opened video"
    ADMIN_CHANGED = "admin_changed", "changed a row in the admin site"


class Door(TextChoices):
    """Through which door an actor came in."""

    PAGE = "page", "portal"
    API = "api", "API"
    ADMIN = "admin", "admin site"
    NODE = "node", "media node"
    SOCKET = "socket", "WebSocket"
    PLAYER = "player", "player"
    SYSTEM = "system", "system"


class SignInMethod(TextChoices):
    """What somebody showed to prove who they are."""

    PASSWORD = "password", "password"
    CODE = "code", "one-time code"
    RECOVERY = "recovery", "recovery code"
    PASSKEY = "passkey", "passkey"
    ELSEWHERE = "elsewhere", "identity from elsewhere"


class SignInOutcome(TextChoices):
    """What came of an attempt to sign in."""

    SIGNED_IN = "signed_in", "signed in"
    FACTOR_WANTED = "factor", "asked for a second factor"
    CONFIRMED = "confirmed", "confirmed who they are"
    WRONG = "wrong", "refused: wrong"
    LOCKED_OUT = "locked_out", "refused: locked out"
    DISABLED = "disabled", "refused: account disabled"
    NOT_ALLOWED = "not_allowed", "refused: not allowed"


class RevocationCause(TextChoices):
    """Why a chain of refresh tokens ended before its time."""

    SIGNED_OUT = "signed_out", "signed out"
    REUSED = "reused", "an old refresh token was shown again"
    EVERYWHERE = "everywhere", "signed out everywhere"
    RESPONSE = "response", "response to a security event"


class TokenState(TextChoices):
    """Whether an API token may be used."""

    VALID = "valid", "valid"
    EXPIRED = "expired", "expired"
    REVOKED = "revoked", "revoked"
    SUSPENDED = "suspended", "suspended"


class Surface(TextChoices):
    """What an access rule is about."""

    PORTAL = "portal", "portal"
    API = "api", "API"
    PUBLISH = "publish", "publishing"
    PLAYBACK = "playback", "playback"


class RuleAction(TextChoices):
    """What an access rule says."""

    ALLOW = "allow", "allow"
    DENY = "deny", "deny"


class RuleState(TextChoices):
    """Whether an access rule decides anything."""

    IN_FORCE = "in_force", "in force"
    NOT_EVALUATED = "not_evaluated", "cannot be evaluated: there is no country database"
    ENDED = "ended", "ended"
    SWITCHED_OFF = "switched_off", "switched off"
