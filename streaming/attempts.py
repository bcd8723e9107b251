"""Keeps refused publishes: what an installer reads on the camera's page."""

import ipaddress
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cameras import events
from cameras.models import Camera
from streaming.choices import RefusalCause
from streaming.models import MediaNode, PublishAttempt

_SAME_ATTEMPT = timedelta(minutes=5)
_AT_ONCE = 5_000
_Likeness = tuple[int | None, str, str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A publish that was refused: who knocked, under what name, and why not."""

    node: MediaNode | None
    camera: Camera | None
    presented_name: str
    address: str | None
    encoder: str
    cause: RefusalCause


@transaction.atomic
def keep(refused: Sequence[Refused]) -> None:
    """One row for each encoder that keeps trying, with a count; a new one after a pause."""
    if not refused:
        return
    now = timezone.now()
    times = Counter(map(_likeness, refused))
    known = _known(refused, since=now - _SAME_ATTEMPT)
    _count(known, times, now)
    examples = {_likeness(one): one for one in reversed(refused)}
    fresh = [one for likeness, one in examples.items() if likeness not in known]
    PublishAttempt.objects.bulk_create([_row(one, times[_likeness(one)], now) for one in reversed(fresh)])
    cameras = {one.camera.pk: one.camera for one in refused if one.camera is not None}
    transaction.on_commit(partial(events.announce_activities, list(cameras.values())), robust=True)


def trim(*, before: datetime) -> int:
    """Forget refused publishes that were last tried before this instant; how many."""
    forgotten = 0
    while numbers := list(PublishAttempt.objects.filter(last_at__lt=before).values_list("pk", flat=True)[:_AT_ONCE]):
        forgotten += PublishAttempt.objects.filter(pk__in=numbers).delete()[0]
    return forgotten


def _known(refused: Sequence[Refused], *, since: datetime) -> dict[_Likeness, int]:
    """Attempts of a moment ago by what makes them alike; of several the newest."""
    rows = PublishAttempt.objects.filter(
        last_at__gt=since, presented_name__in={one.presented_name[:80] for one in refused}
    ).order_by("last_at", "pk")
    facts = rows.values_list("camera_id", "presented_name", "address", "cause", "pk")
    return {(camera, name, _plain(address), cause): pk for camera, name, address, cause, pk in facts}


def _count(known: Mapping[_Likeness, int], times: Mapping[_Likeness, int], now: datetime) -> None:
    again = {pk: times[likeness] for likeness, pk in known.items() if likeness in times}
    for count in set(again.values()):
        rows = PublishAttempt.objects.filter(pk__in=[pk for pk, seen in again.items() if seen == count])
        rows.update(last_at=now, count=F("count") + count)


def _row(one: Refused, count: int, now: datetime) -> PublishAttempt:
    return PublishAttempt(
        camera=one.camera,
        node=one.node,
        presented_name=one.presented_name[:80],
        address=one.address,
        encoder=one.encoder,
        cause=one.cause,
        first_at=now,
        last_at=now,
        count=count,
    )


def _likeness(one: Refused) -> _Likeness:
    return (one.camera.pk if one.camera else None, one.presented_name[:80], _plain(one.address), one.cause.value)


def _plain(address: str | None) -> str:
    """Databases write an IPv4 address inside IPv6 in ways of their own."""
    return str(ipaddress.ip_address(address)) if address else ""
