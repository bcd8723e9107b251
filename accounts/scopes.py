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
