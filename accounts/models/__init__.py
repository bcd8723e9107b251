"""Tables of the accounts app."""

from accounts.models.audit_entry import AuditEntry
from accounts.models.role import Role
from accounts.models.user import User

__all__ = ["AuditEntry", "Role", "User"]
