"""What bodies look like: an example for each shape that is sent, and for the answers that people read first.

A test holds every example against its schema.
"""

from typing import Any

_CAMERA = "k3j5x7q2m4wz"
_NOON = "2030-01-31T12:00:00.000Z"
_KEY = "h7qk2mzt9xw4cn6vbd3fypj8re"
_ROLE = {"label": "Night shift", "scopes": ["cameras:read", "live:watch"], "requires_second_factor": True}
_RULE = {"action": "deny", "network": "203.0.113.0/24", "surface": "publish", "note": "Guesses stream keys"}

EXAMPLES: dict[str, Any] = {
    "Camera": {
        "public_id": _CAMERA,
        "serial_number": "SN-0001",
        "name": "Gate",
        "site": 1,
        "group": 4,
        "vendor": "Acme",
        "model": "X1",
        "place": "Above the gate",
        "badge": "online",
        "status": "online",
        "status_since": _NOON,
        "active": True,
        "retired_at": None,
        "created_at": "2029-06-01T08:30:00.000Z",
        "recording_mode": "continuous",
    },
    "CameraRequest": {"serial_number": "SN-0001", "name": "Gate", "site": 1, "group": 4, "place": "Above the gate"},
    "CameraRowRequest": {
        "serial_number": "SN-0001",
        "name": "Gate",
        "site": "North gate",
        "group": "Perimeter / Fence",
    },
    "PatchedCameraRequest": {"name": "Front gate"},
    "WebhookRequest": {
        "name": "Control room",
        "url": "https://hooks.example.com/vms",
        "events": ["camera.offline", "recording.failed"],
    },
    "PatchedWebhookRequest": {"events": ["camera.offline", "camera.online"]},
    "PatchedSecurityRuleRequest": {"threshold": 30, "response_mode": "on"},
    "SecretRotationRequest": {"overlap_seconds": 86400},
    "Site": {"id": 1, "name": "North gate", "time_zone": "Europe/Berlin", "region": "eu"},
    "SiteRequest": {"name": "North gate", "time_zone": "Europe/Berlin", "region": "eu"},
    "PatchedSiteRequest": {"region": "us"},
    "CameraGroup": {"id": 4, "name": "Fence", "parent": 3},
    "CameraGroupRequest": {"name": "Fence", "parent": 3},
    "PatchedCameraGroupRequest": {"parent": None},
    "KeyRotationRequest": {"camera": _CAMERA, "expires_at": _NOON, "overlap_seconds": 3600},
    "PublishUrlWishRequest": {"camera": _CAMERA, "valid_seconds": 3600},
    "IssuedKey": {
        "id": 7,
        "camera": _CAMERA,
        "hint": _KEY[-4:],
        "temporary": False,
        "created_at": _NOON,
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
        "secret": _KEY,
        "publish_addresses": [
            {
                "url": f"rtmps://video.example:1936/ingest/{_CAMERA}?key={_KEY}",
                "server": "rtmps://video.example:1936/ingest",
                "stream": f"{_CAMERA}?key={_KEY}",
                "encrypted": True,
            }
        ],
    },
    "PatchedNodeChangeRequest": {"state": "draining"},
    "PlaybackWishRequest": {"camera": _CAMERA, "kind": "live"},
    "RecordingPolicyRequest": {"mode": "continuous", "stream_source": "auto"},
    "PatchedRecordingPolicyRequest": {"mode": "off"},
    "Coverage": {
        "start": _NOON,
        "end": "2030-01-31T13:00:00.000Z",
        "resolution_seconds": 0.0,
        "covered": [{"start": _NOON, "end": "2030-01-31T12:40:00.000Z"}],
        "gaps": [
            {
                "start": "2030-01-31T12:40:00.000Z",
                "end": "2030-01-31T13:00:00.000Z",
                "cause": "publisher_closed",
                "cause_label": "The camera closed the connection",
                "detail": "",
            }
        ],
    },
    "SignInRequest": {"email": "program@vms.example", "password": "a long enough password 42", "code": "123456"},
    "RefreshRequest": {"refresh": "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiIuLi4ifQ.c2lnbmF0dXJl"},
    "ApiTokenRequest": {
        "name": "Wall display",
        "scopes": ["cameras:read", "live:watch"],
        "networks": ["192.0.2.0/24"],
        "requests_per_minute": 120,
        "expires_at": _NOON,
    },
    "PatchedTokenEditRequest": {"networks": []},
    "ReachRequest": {"sites": [1], "groups": [], "cameras": [_CAMERA]},
    "RotationRequest": {"overlap_seconds": 3600},
    "NewUserRequest": {"email": "anna@vms.example", "name": "Anna", "role": "viewer"},
    "PatchedUserRequest": {"role": "operator"},
    "RoleRequest": {"name": "night-shift", **_ROLE},
    "PatchedKnownRoleRequest": _ROLE,
    "UserGroupRequest": {"name": "Guards"},
    "PatchedUserGroupRequest": {"name": "Night guards"},
    "NewMemberRequest": {"user": 12},
    "GrantRequest": {"user_group": 2, "site": 1, "sight": "live"},
    "PatchedKnownGrantRequest": {"sight": "recorded"},
    "AccessRuleRequest": _RULE,
    "PatchedAccessRuleRequest": {"active": False},
    "QuestionRequest": {"address": "203.0.113.7", "surface": "api"},
}


def show_examples(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Put each example into its schema."""
    for name, schema in result["components"]["schemas"].items():
        if name in EXAMPLES:
            schema["examples"] = [EXAMPLES[name]]
    return result
