"""The public API: one authentication list, one page shape, one error shape, one schema."""

from vms.settings.env import env

# Whether PATCH, PUT and DELETE must say with If-Match what they are based on (else 428).
API_EDITS_NEED_IF_MATCH = env.bool("API_EDITS_NEED_IF_MATCH", False)
# A list of ten thousand cameras; views of the API take less unless they say so (accounts/api/parsers.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 6_000_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.ApiTokenBearer",
        "accounts.api.authentication.AccessTokenBearer",
        "accounts.api.authentication.PortalSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttles.RateLimits"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsers.BoundedJSON"],
    "DEFAULT_FILTER_BACKENDS": ["accounts.api.filters.ToldFilters"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pagination.NumberedPages",
    "DEFAULT_SCHEMA_CLASS": "vms.api.auto_schema.ConditionalSchema",
    "DEFAULT_METADATA_CLASS": None,  # the schema tells it better
    "EXCEPTION_HANDLER": "vms.api.errors.problem_response",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "VMS API",
    "DESCRIPTION": (
        "Cameras, stream keys, recordings, coverage and playback of a VMS installation. "
        "Instants are ISO 8601 in UTC with milliseconds. Everything that goes wrong is told as problem details "
        "(RFC 9457). What the caller may not see does not exist: the answer is 404."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.api.permissions.IsSignedIn"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "TAGS": [
        {"name": "authentication", "description": "Programs that sign in for a person, and API tokens"},
        {"name": "people", "description": "Who may sign in, which programs there are, and what they see and do"},
        {"name": "user-groups", "description": "People to whom the same cameras are granted"},
        {"name": "roles", "description": "Bundles of scopes"},
        {"name": "grants", "description": "Who sees which sites and camera groups"},
        {"name": "access-rules", "description": "From where portal, API, publishing and playback may be used"},
        {"name": "cameras", "description": "What is watched, and whether it is up"},
        {"name": "sites", "description": "Places with cameras"},
        {"name": "camera-groups", "description": "The tree of groups"},
        {"name": "stream-keys", "description": "What cameras publish with"},
        {"name": "publishing", "description": "Who publishes, who was refused, and why"},
        {"name": "nodes", "description": "Where cameras publish to"},
        {"name": "recordings", "description": "What is kept, what is missing, and why"},
        {"name": "playback", "description": "Passes for players"},
        {"name": "audit", "description": "Who did what, and who tried to sign in"},
        {"name": "usage", "description": "Requests to the API"},
        {"name": "webhooks", "description": "Addresses that are told what happens"},
        {"name": "security", "description": "What is watched for, what was found, and what answered it"},
    ],
    "ENUM_NAME_OVERRIDES": {
        "RevocationCauseEnum": "accounts.choices.RevocationCause",
        "TokenStateEnum": "accounts.choices.TokenState",
        "AuditVerbEnum": "accounts.choices.AuditVerb",
        "DoorEnum": "accounts.choices.Door",
        "SignInMethodEnum": "accounts.choices.SignInMethod",
        "SignInOutcomeEnum": "accounts.choices.SignInOutcome",
        "UsageWayEnum": "accounts.api_usage.WAYS",
        "SurfaceEnum": "accounts.choices.Surface",
        "RuleActionEnum": "accounts.choices.RuleAction",
        "RuleStateEnum": "accounts.choices.RuleState",
        "BadgeEnum": "cameras.choices.Badge",
        "ScopeEnum": "accounts.scopes.CHOICES",
        "SightEnum": "cameras.choices.Sight",
        "SightCauseEnum": "cameras.choices.SightCause",
        "CameraStatusEnum": "cameras.choices.CameraStatus",
        "SessionStateEnum": "streaming.choices.SessionState",
        "EndReasonEnum": "streaming.choices.EndReason",
        "RefusalCauseEnum": "streaming.choices.RefusalCause",
        "TroubleEnum": "streaming.choices.Trouble",
        "NodeStateEnum": "streaming.choices.NodeState",
        "WantedNodeStateEnum": "streaming.choices.WANTED_NODE_STATES",
        "GapCauseEnum": "recordings.choices.GapCause",
        "RecordingSourceEnum": "recordings.choices.RecordingSource",
        "RecordingModeEnum": "recordings.choices.RecordingMode",
        "EventTypeEnum": "alerts.choices.EventType",
        "SubscribableEventEnum": "alerts.choices.SUBSCRIBABLE",
        "DeliveryStateEnum": "alerts.choices.DeliveryState",
        "RuleNameEnum": "alerts.choices.RuleName",
        "SeverityEnum": "alerts.choices.Severity",
        "EventStateEnum": "alerts.choices.EventState",
        "ResponseModeEnum": "alerts.choices.ResponseMode",
        "ResponseKindEnum": "alerts.choices.ResponseKind",
        "ResponseStateEnum": "alerts.choices.ResponseState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Without a validator's address Swagger UI asks nobody outside.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "vms.api.schema.require_what_is_always_told",
        "vms.api.schema.declare_problem_responses",
        "vms.api.limits.declare_limits",
        "vms.api.schema.declare_headers",
        "vms.api.schema.say_in_words",
        "vms.api.examples.show_examples",
        "vms.api.schema.share_problem_responses",
    ],
}
