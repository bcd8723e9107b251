"""The vocabulary of permission, and the built-in bundles of it."""

from enum import StrEnum


class Scope(StrEnum):
    """One thing a person or program may do. `plural:verb`."""

    CAMERAS_READ = "cameras:read"
    CAMERAS_WRITE = "cameras:write"
    CAMERAS_ALL = "cameras:all"  # sees every camera; without it, only those of its grants
    LIVE_WATCH = "live:watch"
    RECORDINGS_READ = "recordings:read"
    RECORDINGS_WRITE = "recordings:write"
    STREAM_KEYS_WRITE = "stream-keys:write"
    NODES_READ = "nodes:read"
    NODES_WRITE = "nodes:write"
    TOKENS_WRITE = "tokens:write"  # one's own API tokens
    TOKENS_ALL = "tokens:all"  # everybody's
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"  # people, groups of people, roles, grants
    ACCESS_RULES_WRITE = "access-rules:write"
    AUDIT_READ = "audit:read"
    USAGE_READ = "usage:read"
    WEBHOOKS_WRITE = "webhooks:write"
    SECURITY_READ = "security:read"
    SECURITY_WRITE = "security:write"
    ADMIN_ACCESS = "admin:access"


_PROGRAM = frozenset({Scope.CAMERAS_READ, Scope.LIVE_WATCH, Scope.RECORDINGS_READ})
_VIEWER = _PROGRAM | {Scope.TOKENS_WRITE}
_OPERATOR = _VIEWER | {
    Scope.CAMERAS_ALL,
    Scope.CAMERAS_WRITE,
    Scope.RECORDINGS_WRITE,
    Scope.STREAM_KEYS_WRITE,
    Scope.NODES_READ,
}

BUILTIN_ROLES: dict[str, tuple[str, frozenset[Scope]]] = {
    "admin": ("Administrator", frozenset(Scope)),
    "operator": ("Operator", frozenset(_OPERATOR)),
    "viewer": ("Viewer", _VIEWER),
    "api_only": ("Program", _PROGRAM | {Scope.NODES_READ}),
}

AREAS: dict[str, dict[Scope, str]] = {
    "Cameras": {
        Scope.CAMERAS_READ: "See cameras, sites and camera groups",
        Scope.CAMERAS_ALL: "See every camera, without a grant",
        Scope.CAMERAS_WRITE: "Enrol, change and retire cameras; keep sites and groups",
        Scope.STREAM_KEYS_WRITE: "Issue and revoke stream keys",
    },
    "Video": {
        Scope.LIVE_WATCH: "Watch live",
        Scope.RECORDINGS_READ: "Play back what was recorded",
        Scope.RECORDINGS_WRITE: "Say what is recorded",
    },
    "Media nodes": {
        Scope.NODES_READ: "See media nodes and storage",
        Scope.NODES_WRITE: "Change media nodes",
    },
    "People and programs": {
        Scope.MEMBERS_READ: "See people, groups, roles and grants",
        Scope.MEMBERS_WRITE: "Change people, groups, roles and grants",
        Scope.TOKENS_WRITE: "Have API tokens of one's own",
        Scope.TOKENS_ALL: "See and revoke everybody's API tokens",
        Scope.WEBHOOKS_WRITE: "Keep webhooks",
    },
    "Security": {
        Scope.ACCESS_RULES_WRITE: "Say from where VMS may be used",
        Scope.AUDIT_READ: "Read the audit and the sign-ins",
        Scope.USAGE_READ: "Read how the API is used",
        Scope.SECURITY_READ: "See security events",
        Scope.SECURITY_WRITE: "Change security rules, undo their responses",
        Scope.ADMIN_ACCESS: "Open the database admin",
    },
}
"""What each scope means, in words for people, by what it is about."""

WORDS: dict[str, str] = {scope.value: words for area in AREAS.values() for scope, words in area.items()}

CHOICES: list[tuple[str, str]] = list(WORDS.items())
