"""What a person sees, and why: which role and which grant leads to which camera; and whether they may show it to others.

Whoever asks is told of cameras and places only that they may know of themselves. Counts are made by the database, lists
are querysets to be cut into pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.audit import Actor
from accounts.delegation import MoreThanYouHold
from accounts.models import Role, User, UserGroup
from accounts.scopes import Scope
from cameras.choices import Sight, SightCause
from cameras.models import Camera, CameraGroup, Grant, Site

_GRANT_FACTS = ("user", "role", "user_group", "site", "group")


@dataclass(frozen=True, slots=True)
class Counts:
    """Cameras in use: all that the asker may know of, and how many of these the person sees, live and recorded."""

    known: int
    seen: int
    played_back: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that opens a camera to a person, or keeps it shut; with the scope or the grant that it is about."""

    cause: SightCause
    words: str
    scope: Scope | None = None
    grant: Grant | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person may know of a camera, watch it live, play back what it recorded, and why."""

    camera: Camera
    sees: bool
    watches_live: bool
    plays_back: bool
    reasons: list[Reason]


_UNKNOWN_GRANT = Reason(SightCause.GRANT, "It is granted with a place that you do not see.")


def count_seen(user: User, *, asker: User) -> Counts:
    """How many cameras a person sees. Queries three times."""
    known = _known_to(asker)
    return Counts(known.count(), known.visible_to(user).count(), known.footage_visible_to(user).count())


def sites_seen(user: User, *, asker: User) -> QuerySet[Site, Any]:
    """Sites where the person sees cameras, by name."""
    here = _known_to(asker).visible_to(user).values("site")
    return Site.objects.visible_to(asker).filter(pk__in=here).order_by("name", "pk")


def groups_seen(user: User, *, asker: User) -> QuerySet[CameraGroup, Any]:
    """Camera groups in which, or inside which, the person sees cameras, by name."""
    own = _known_to(asker).visible_to(user).filter(group__isnull=False).values("group")
    around = CameraGroup.objects.filter(descendants__in=own).values("pk")
    return CameraGroup.objects.visible_to(asker).filter(pk__in=around).order_by("name", "pk")


def count_in(places: Sequence[Site | CameraGroup], user: User, *, asker: User) -> None:
    """Put on each place of a page how many cameras the person sees there: `seen`, `played_back`. Queries twice."""
    known = _known_to(asker)
    for name, cameras in (("seen", known.visible_to(user)), ("played_back", known.footage_visible_to(user))):
        counts = _counts_in(places, cameras)
        for place in places:
            setattr(place, name, counts.get(place.pk, 0))


def grants_of(user: User, *, asker: User) -> QuerySet[Grant, Any]:
    """What is granted to the person, to their role, and to groups of people that they belong to."""
    return Grant.objects.visible_to(asker).reaching(user).select_related(*_GRANT_FACTS).order_by("pk")


def cameras_under(grants: Iterable[Grant], *, asker: User) -> dict[int, int]:
    """How many cameras in use each grant is about, by the grant's number. Queries twice."""
    known = _known_to(asker)
    sites = dict(
        known.filter(site__grants__in=grants).order_by().values_list("site").annotate(Count("pk", distinct=True))
    )
    groups = dict(
        known.filter(group__ancestors__grants__in=grants)
        .order_by()
        .values_list("group__ancestors")
        .annotate(Count("pk", distinct=True))
    )
    return {one.pk: (sites.get(one.site_id, 0) if one.site_id else groups.get(one.group_id, 0)) for one in grants}


def explain(user: User, camera: Camera, *, asker: User) -> Verdict:
    """Whether this person may see this camera, and why or why not. Queries three times at most."""
    if shut := _shut_by(user):
        return Verdict(camera, sees=False, watches_live=False, plays_back=False, reasons=shut)
    if user.has_role_for_every_camera:
        words = f"The role {user.role} sees every camera."
        return _verdict(user, camera, [Reason(SightCause.EVERY_CAMERA, words, scope=Scope.CAMERAS_ALL)], recorded=True)
    grants = list(_leading_to(user, camera))
    if not grants:
        reason = Reason(SightCause.NO_GRANT, _nothing_on(camera))
        return Verdict(camera, sees=False, watches_live=False, plays_back=False, reasons=[reason])
    known = set(Grant.objects.visible_to(asker).filter(pk__in=[one.pk for one in grants]).values_list("pk", flat=True))
    reasons = [_reason_of(grant, camera) if grant.pk in known else _UNKNOWN_GRANT for grant in grants]
    return _verdict(user, camera, reasons, recorded=any(grant.sight != Sight.LIVE for grant in grants))


def check_may_show(actor: Actor, grant: Grant) -> None:
    """Raise MoreThanYouHold unless the actor sees all of the grant's place, and as much of it as the grant shows."""
    if not isinstance(actor, User):
        return
    rows: Any = Site.objects if grant.site_id else CameraGroup.objects
    place = grant.site_id or grant.group_id
    if not rows.all().shareable_by(actor, Sight(grant.sight)).filter(pk=place).exists():
        raise MoreThanYouHold(f"{grant.place}, {grant.get_sight_display()}")


def check_may_hand_on(actor: User, group: Role | UserGroup) -> None:
    """Raise MoreThanYouHold unless the actor sees whatever is granted to the role or group of people."""
    granted = group.grants.all()
    beyond = granted.exclude(pk__in=granted.shareable_by(actor).values("pk"))
    if beyond.exists():
        raise MoreThanYouHold(f"what is granted to {group}")


def check_may_change(actor: User, user: User) -> None:
    """Raise MoreThanYouHold unless the actor sees whatever is granted to the person: with their account they would.

    What the person's role does not let them see counts, too, for the actor might give them another role. Of that an actor
    who plays nothing back themselves can give only live video.
    """
    if actor.sees_every_camera or not actor.has_scope(Scope.CAMERAS_READ):
        return
    granted = Grant.objects.reaching(user)
    plays_back = actor.has_scope(Scope.RECORDINGS_READ)
    if granted.exclude(pk__in=granted.shareable_by(actor, only_live=not plays_back).values("pk")).exists():
        raise MoreThanYouHold(f"what {user} sees")


@contextmanager
def moving(actor: Actor, cameras: Any) -> Iterator[None]:
    """Around a move of cameras from one place to another, inside its transaction.

    Raises MoreThanYouHold when the actor would then play back what they could not play back before.
    """
    if not isinstance(actor, User) or actor.sees_every_camera:
        yield
        return
    before = set(cameras.footage_visible_to(actor).values_list("pk", flat=True))
    yield
    if not before.issuperset(cameras.footage_visible_to(actor).values_list("pk", flat=True)):
        raise MoreThanYouHold("what was recorded by the cameras that you move")


def _known_to(asker: User) -> Any:
    return Camera.objects.in_use().visible_to(asker)


def _counts_in(places: Sequence[Site | CameraGroup], cameras: Any) -> dict[int, int]:
    path = "group__ancestors" if places and isinstance(places[0], CameraGroup) else "site"
    here = cameras.filter(**{f"{path}__in": [place.pk for place in places]}).order_by()
    return dict(here.values_list(path).annotate(Count("pk")))


def _shut_by(user: User) -> list[Reason]:
    """What keeps every camera shut."""
    if not user.is_active:
        return [Reason(SightCause.ACCOUNT_DISABLED, "The account is disabled.")]
    return [] if user.has_scope(Scope.CAMERAS_READ) else [_missing(Scope.CAMERAS_READ)]


def _leading_to(user: User, camera: Camera) -> QuerySet[Grant, Any]:
    """The person's grants on the camera's site, its group, and the groups around that."""
    around = Q(site=camera.site_id)
    if camera.group_id:
        around |= Q(group__in=CameraGroup.objects.filter(descendants=camera.group_id))
    return Grant.objects.reaching(user).filter(around).select_related(*_GRANT_FACTS).order_by("pk")


def _verdict(user: User, camera: Camera, reasons: list[Reason], *, recorded: bool) -> Verdict:
    """About a camera that the person sees: what they can do with it."""
    limits = [] if recorded else [Reason(SightCause.LIVE_ONLY, "No grant on it shows what was recorded.")]
    limits += [_missing(scope) for scope in (Scope.LIVE_WATCH, Scope.RECORDINGS_READ) if not user.has_scope(scope)]
    return Verdict(
        camera,
        sees=True,
        watches_live=user.has_scope(Scope.LIVE_WATCH),
        plays_back=recorded and user.has_scope(Scope.RECORDINGS_READ),
        reasons=[*reasons, *limits],
    )


def _missing(scope: Scope) -> Reason:
    return Reason(SightCause.SCOPE_MISSING, f"The role does not hold {scope}.", scope=scope)


def _reason_of(grant: Grant, camera: Camera) -> Reason:
    place = f"the site {grant.site}" if grant.site_id else f"the camera group {grant.group}"
    above = ", which is around the camera's own" if grant.group_id and grant.group_id != camera.group_id else ""
    words = f"{_told_subject(grant)} see {place}{above}: {grant.get_sight_display()}."
    return Reason(SightCause.GRANT, words, grant=grant)


def _told_subject(grant: Grant) -> str:
    if grant.user_id:
        return "They themselves"
    return f"All with the role {grant.role}" if grant.role_id else f"All in the group {grant.user_group}"


def _nothing_on(camera: Camera) -> str:
    inside = f", nor the group {camera.group} or one around it" if camera.group_id else ""
    return f"Nobody has granted them the site {camera.site}{inside}."
