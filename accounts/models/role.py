"""A named bundle of scopes."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from accounts.querysets import RoleQuerySet
from accounts.scopes import Scope


class Role(models.Model):
    """One row: a bundle of scopes that people can be given. Built-in ones come with the product and are not changed by hand."""

    name = models.SlugField(unique=True)
    label = models.CharField(max_length=80)
    scopes = models.JSONField(default=list)
    requires_second_factor = models.BooleanField(
        "requires a second factor", default=False, help_text="People with this role must enrol one to go on"
    )
    builtin = models.BooleanField(default=False, editable=False)

    objects = RoleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["label"]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Raise ValidationError unless the scopes are a list of scopes that exist."""
        known = [scope.value for scope in Scope]
        if not isinstance(self.scopes, list) or any(scope not in known for scope in self.scopes):
            raise ValidationError({"scopes": f"Write a list of these: {', '.join(known)}."}, code="scopes")
