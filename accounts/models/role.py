"""A named bundle of scopes."""

from typing import ClassVar

from django.db import models


class Role(models.Model):
    """One row: a bundle of scopes that people can be given. Built-in ones are made by a migration."""

    name = models.SlugField(unique=True)
    label = models.CharField(max_length=80)
    scopes = models.JSONField(default=list)
    builtin = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering: ClassVar = ["label"]

    def __str__(self) -> str:
        return self.label
