"""Which tier takes the next recording."""

from pathlib import Path

from django.conf import settings

from recordings.choices import TierKind
from recordings.models import StorageTier
from streaming.models import MediaNode


def hot_tier_of(node: MediaNode) -> StorageTier:
    """The folder that a node's recorder writes to; made when the node records for the first time."""
    root = settings.MEDIA_ROOT_PATH / "archive"
    tier, created = StorageTier.objects.get_or_create(
        name=f"hot-{node.name}", defaults={"kind": TierKind.HOT, "node": node, "root": str(root)}
    )
    if created:
        Path(tier.root).mkdir(parents=True, exist_ok=True)
    return tier
