"""Where bytes live."""

from typing import ClassVar

from django.db import models

from recordings.choices import TierKind
from streaming.models import MediaNode


class StorageTier(models.Model):
    """One row: a folder on a media node that holds footage.

    `marker` is also written into the folder, so that a disk that is not mounted, or another one, is noticed. Empty until
    the node has used the folder for the first time.
    """

    name = models.SlugField(unique=True)
    kind = models.CharField(max_length=8, choices=TierKind, default=TierKind.HOT)
    node = models.ForeignKey(MediaNode, on_delete=models.PROTECT, related_name="storage_tiers")
    root = models.CharField(max_length=500, help_text="Absolute path on the node")
    marker = models.UUIDField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
