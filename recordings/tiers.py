"""Which tier takes the next recording, and whether its disk is the one it should be."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import redis
from django.conf import settings

from recordings.choices import TierKind
from recordings.models import StorageTier
from recordings.signals import tier_not_mounted
from streaming.models import MediaNode

MARKER_NAME = ".vms-tier"
_ALARM_SECONDS = 60
_connection = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)


class WrongVolume(Exception):
    """A tier's folder does not hold the tier's marker: its disk is not mounted, or another is in its place."""


def hot_tier_of(node: MediaNode) -> StorageTier:
    """The folder that a node's recorder writes to; made and marked when the node records for the first time."""
    root = settings.MEDIA_ROOT_PATH / "archive"
    tier, _ = StorageTier.objects.get_or_create(
        name=f"hot-{node.name}", defaults={"kind": TierKind.HOT, "node": node, "root": str(root)}
    )
    if tier.marker is None:
        _mark(tier)
    return tier


def require_mounted(tier: StorageTier) -> None:
    """Raises WrongVolume, in words for the operator, unless the tier's folder is the one that was marked as such."""
    path = Path(tier.root) / MARKER_NAME
    try:
        found = path.read_text().strip()
    except OSError as error:
        raise WrongVolume(f"{path} cannot be read: is the disk mounted?") from error
    if found != str(tier.marker):
        raise WrongVolume(f"{path} belongs to another tier ({found[:40]})")


def is_mounted(tier: StorageTier) -> bool:
    """Whether the tier's folder is the one that was marked."""
    try:
        require_mounted(tier)
    except WrongVolume:
        return False
    return True


def raise_alarm(tier: StorageTier, detail: str) -> None:
    """Say that a tier's disk is not there; the floor above is told once. The alarm ends a minute after the last call."""
    if not _connection.set(_alarm_key(tier.pk), detail, ex=_ALARM_SECONDS, get=True):
        tier_not_mounted.send_robust(sender=StorageTier, tier=tier, detail=detail)


def alarms() -> dict[int, str]:
    """What is wrong with which tiers, by the tier's id; nothing when Redis is away."""
    tier_ids = list(StorageTier.objects.values_list("pk", flat=True))
    try:
        details = _connection.mget([_alarm_key(tier_id) for tier_id in tier_ids]) if tier_ids else []
    except redis.RedisError:
        return {}
    known = zip(tier_ids, details, strict=True)
    return {tier_id: detail.decode() for tier_id, detail in known if isinstance(detail, bytes)}


def _alarm_key(tier_id: int) -> str:
    return f"vms:tier:not-mounted:{tier_id}"


def _mark(tier: StorageTier) -> None:
    """Two processes may do this at once: the marker that is on the disk counts, and it is never there half-written."""
    path = Path(tier.root) / MARKER_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{MARKER_NAME}-{uuid4()}")
    draft.write_text(f"{uuid4()}\n")
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    tier.marker = UUID(path.read_text().strip())
    tier.save(update_fields=["marker"])
