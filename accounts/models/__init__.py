"""Tables of the accounts app."""

from accounts.models.access_rule import AccessRule
from accounts.models.api_call import ApiCall
from accounts.models.api_token import ApiToken
from accounts.models.audit_entry import AuditEntry
from accounts.models.audit_seal import AuditSeal
from accounts.models.idempotent_answer import IdempotentAnswer
from accounts.models.identity import Identity
from accounts.models.refresh_family import RefreshFamily
from accounts.models.role import Role
from accounts.models.sign_in_attempt import SignInAttempt
from accounts.models.unsealed_entry import UnsealedEntry
from accounts.models.user import User
from accounts.models.user_group import UserGroup

__all__ = [
    "AccessRule",
    "ApiCall",
    "ApiToken",
    "AuditEntry",
    "AuditSeal",
    "IdempotentAnswer",
    "Identity",
    "RefreshFamily",
    "Role",
    "SignInAttempt",
    "UnsealedEntry",
    "User",
    "UserGroup",
]
