"""How people are found and made."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager

if TYPE_CHECKING:
    from accounts.models import User


class UserManager(BaseUserManager["User"]):
    """Users by e-mail, whatever its capitals."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this e-mail address.

        Raises User.DoesNotExist.
        """
        return self.select_related("role").get(email__iexact=username)

    def create_user(self, email: str, password: str | None, **fields: Any) -> "User":
        """Make a user; without a password the account cannot sign in by one."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user
