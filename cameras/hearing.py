"""Which news of cameras a socket hears.

What somebody sees by grants is a handful of topics, each of whose events they may hear. What a restricted API token sees is
what its owner and its reach have in common, which is no topic: such a socket joins the topic of all cameras, and passes on
what both hold. Both go by where a camera is at the time of the event, so that cameras that move are heard, or not, at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.scopes import Scope
from cameras import events
from cameras.models import Grant, TokenReach


@dataclass(frozen=True, slots=True)
class Places:
    """Cameras, by their site, by a group around them, or by themselves."""

    site_ids: frozenset[int] = frozenset()
    group_ids: frozenset[int] = frozenset()
    public_ids: frozenset[str] = frozenset()

    def hold(self, event: Mapping[str, Any]) -> bool:
        """Whether the camera of a status event is one of them."""
        is_near = event["site_id"] in self.site_ids or not self.group_ids.isdisjoint(event["group_ids"])
        return is_near or event["public_id"] in self.public_ids


@dataclass(frozen=True, slots=True)
class Hearing:
    """The topics to join, and the places of which each must hold an event's camera. No topics: nothing is heard."""

    topics: tuple[str, ...] = ()
    within: tuple[Places, ...] = ()

    def concerns(self, event: Mapping[str, Any]) -> bool:
        """Whether an event of one of the topics may be heard."""
        return all(places.hold(event) for places in self.within)


def hearing_of(user: User) -> Hearing:
    """What this person may hear of every camera that they see."""
    if not user.has_scope(Scope.CAMERAS_READ):
        return Hearing()
    if user.sees_every_camera:
        return Hearing((events.EVERY_CAMERA,))
    granted = None if user.has_role_for_every_camera else _granted_to(user)
    if user.through is None or not user.through.restricted:
        return Hearing(tuple(_topics_of(granted or Places())))
    within = (_reached_by(user), *((granted,) if granted else ()))
    return Hearing((events.EVERY_CAMERA,), within) if all(places != Places() for places in within) else Hearing()


def _granted_to(user: User) -> Places:
    subject = Q(user=user) | Q(role=user.role_id) | Q(user_group__members=user)
    grants = Grant.objects.filter(subject).values_list("site_id", "group_id").distinct()
    return Places(_named(site for site, _ in grants), _named(group for _, group in grants))


def _reached_by(user: User) -> Places:
    reaches = list(
        TokenReach.objects.filter(token=user.through).values_list("site_id", "group_id", "camera__public_id")
    )
    sites, groups, cameras = zip(*reaches, strict=True) if reaches else ((), (), ())
    return Places(_named(sites), _named(groups), frozenset(filter(None, cameras)))


def _named(ids: Iterable[int | None]) -> frozenset[int]:
    return frozenset(one for one in ids if one is not None)


def _topics_of(places: Places) -> list[str]:
    sites = [f"cameras.site.{site}" for site in sorted(places.site_ids)]
    return sites + [f"cameras.group.{group}" for group in sorted(places.group_ids)]
