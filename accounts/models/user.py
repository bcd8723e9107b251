"""A person or a service account."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from accounts.models.api_token import ApiToken
from accounts.models.role import Role
from accounts.querysets import UserManager
from accounts.scopes import Scope


class User(AbstractBaseUser):
    """One row: somebody who can sign in, known by e-mail address; what they may do comes from the role."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="members")
    is_active = models.BooleanField("active", default=True)
    is_service = models.BooleanField(
        "service account", default=False, help_text="A program: it uses API tokens and cannot sign in to the portal"
    )
    must_have_second_factor = models.BooleanField(
        default=False, editable=False, help_text="Whatever the role says: asked for by a security rule"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    through: ApiToken | None = None
    """The API token that this person's program has shown; it narrows what the person may do and see."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    objects = UserManager()

    class Meta:
        ordering: ClassVar = ["email"]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Keep one spelling of the address: people sign in whatever its capitals."""
        super().clean()
        self.email = self.email.lower()

    def has_scope(self, scope: str) -> bool:
        """Whether the role of this active user holds the scope, and so does the token that speaks for them, if one does."""
        return self.is_active and scope in self.role.scopes and (self.through is None or scope in self.through.scopes)

    @property
    def sees_every_camera(self) -> bool:
        """Whether no grant is needed. A token with a reach of its own sees no more than that."""
        return self.has_role_for_every_camera and (self.through is None or not self.through.restricted)

    @property
    def has_role_for_every_camera(self) -> bool:
        """Whether the role itself needs no grant; what a token narrows is not looked at."""
        return self.is_active and Scope.CAMERAS_ALL in self.role.scopes

    @property
    def is_staff(self) -> bool:
        """Whether the admin site opens; Django asks by this name."""
        return self.has_scope(Scope.ADMIN_ACCESS)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the admin site allows `perm`: it is for administrators as a whole."""
        return self.is_staff

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        """Like has_perm, for several."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the admin site shows an app."""
        return self.is_staff
