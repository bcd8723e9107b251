"""Sites, camera groups, and who sees them."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.models import User
from cameras import events
from cameras.models import Camera, CameraGroup, Grant, Site
from cameras.sight import check_may_show, moving


class PlaceIsInUse(Exception):
    """A site or a group that something hangs in cannot be removed; the text says what."""


@transaction.atomic
def add_site(*, actor: Actor, **facts: Any) -> Site:
    """Add a place. Facts: name, time_zone, region. Raises ValidationError."""
    site = Site(**facts)
    site.full_clean()
    site.save()
    audit.record(actor=actor, verb=AuditVerb.SITE_ADDED, target=site)
    return site


@transaction.atomic
def edit_site(site: Site, *, actor: Actor, **facts: Any) -> Site:
    """Change name, time_zone or region. Raises ValidationError."""
    site = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    changed = {name: value for name, value in facts.items() if getattr(site, name) != value}
    before = {name: getattr(site, name) for name in changed}
    for name, value in changed.items():
        setattr(site, name, value)
    site.full_clean()
    if changed:
        site.save(update_fields=sorted(changed))
        audit.record(actor=actor, verb=AuditVerb.SITE_EDITED, target=site, before=before, after=changed)
    return site


@transaction.atomic
def remove_site(site: Site, *, actor: Actor) -> None:
    """Remove a place where no camera ever was, with the grants on it. Raises PlaceIsInUse."""
    site = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    if count := site.cameras.count():
        raise PlaceIsInUse(
            f"{_cameras(count)} at this site, retired ones included. Move those in use to another site; the site of a"
            " retired camera stays."
        )
    audit.record(actor=actor, verb=AuditVerb.SITE_REMOVED, target=site, grants=site.grants.count())
    for grant in site.grants.all():
        recheck_sight(grant)
    site.delete()


@transaction.atomic
def add_group(*, name: str, parent: CameraGroup | None = None, actor: Actor) -> CameraGroup:
    """Add a camera group, at the root or inside another. Raises ValidationError."""
    group = CameraGroup(name=name, parent=parent)
    group.full_clean()
    group.save()
    _keep_closure(group)
    audit.record(actor=actor, verb=AuditVerb.GROUP_ADDED, target=group)
    return group


@transaction.atomic
def edit_group(group: CameraGroup, *, name: str, parent: CameraGroup | None, actor: Actor) -> CameraGroup:
    """Rename or move a group with all that is inside it.

    Raises ValidationError when it would contain itself, and MoreThanYouHold.
    """
    group = _locked(group)
    before, after = {"name": group.name, "parent": group.parent_id}, {"name": name, "parent": parent and parent.pk}
    group.name, group.parent = name, parent
    group.full_clean()
    if before == after:
        return group
    with moving(actor, Camera.objects.filter(group__ancestors=group)):
        group.save(update_fields=["name", "parent"])
        _keep_closure(group)
    audit.record(actor=actor, verb=AuditVerb.GROUP_EDITED, target=group, before=before, after=after)
    _recheck_everyone_with_a_grant()
    return group


@transaction.atomic
def remove_group(group: CameraGroup, *, actor: Actor) -> None:
    """Remove a group without cameras and without groups inside it, with the grants on it. Raises PlaceIsInUse."""
    group = _locked(group)
    if count := group.children.count():
        raise PlaceIsInUse(
            f"{count} group{'s are' if count > 1 else ' is'} inside this one. Move or remove them first."
        )
    if count := group.cameras.count():
        raise PlaceIsInUse(f"{_cameras(count)} in this group, retired ones included. Take them out of it first.")
    audit.record(actor=actor, verb=AuditVerb.GROUP_REMOVED, target=group, grants=group.grants.count())
    for grant in group.grants.all():
        recheck_sight(grant)
    group.delete()


@transaction.atomic
def grant_view(*, actor: Actor, **facts: Any) -> Grant:
    """Let people see a site or a camera group.

    Facts: user, role or user_group; site or group; sight (live and recorded unless told). Raises ValidationError, and
    MoreThanYouHold for a place that the actor does not see as a whole.
    """
    grant = Grant(**facts)
    grant.full_clean()
    _hold_place_of(grant)
    _refuse_twins(grant)
    check_may_show(actor, grant)
    grant.save()
    audit.record(actor=actor, verb=AuditVerb.VIEW_GRANTED, target=grant)
    recheck_sight(grant)
    return grant


@transaction.atomic
def edit_sight(grant: Grant, *, sight: str, actor: Actor) -> Grant:
    """Show live only, or also what was recorded. Raises ValidationError, MoreThanYouHold."""
    before, grant.sight = grant.sight, sight
    grant.full_clean()
    check_may_show(actor, grant)
    if before != grant.sight:
        grant.save(update_fields=["sight"])
        audit.record(actor=actor, verb=AuditVerb.VIEW_EDITED, target=grant, before=before, after=grant.sight)
        recheck_sight(grant)
    return grant


@transaction.atomic
def withdraw_view(grant: Grant, *, actor: Actor) -> None:
    """Take a grant back; open pages and players lose sight within seconds."""
    audit.record(actor=actor, verb=AuditVerb.VIEW_WITHDRAWN, target=grant)
    recheck_sight(grant)
    grant.delete()


def recheck_sight(grant: Grant) -> None:
    """Have the open sockets of the people concerned closed, so that they come back and are checked again."""
    people = User.objects.filter(_subject_of(grant))
    transaction.on_commit(partial(events.ask_to_return, list(people.values_list("pk", flat=True))), robust=True)


def _hold_place_of(grant: Grant) -> None:
    """Until the end of the transaction, nobody else grants anything there."""
    if grant.site is not None:
        Site.objects.select_for_update(no_key=True).get(pk=grant.site.pk)
    elif grant.group is not None:
        CameraGroup.objects.select_for_update(no_key=True).get(pk=grant.group.pk)


def _refuse_twins(grant: Grant) -> None:
    """Raise ValidationError when the same is granted already: of two, a withdrawal would take one only."""
    names = ("user", "role", "user_group", "site", "group")
    if Grant.objects.filter(**{f"{name}_id": getattr(grant, f"{name}_id") for name in names}).exists():
        raise ValidationError("This is granted already. Change how much it shows, or withdraw it.", code="twin")


def _subject_of(grant: Grant) -> Q:
    """The condition on people to be those to whom something is granted."""
    if grant.user_id:
        return Q(pk=grant.user_id)
    return Q(role=grant.role_id) if grant.role_id else Q(user_groups=grant.user_group_id)


def _cameras(count: int) -> str:
    return f"{count} cameras are" if count > 1 else "1 camera is"


def _locked(group: CameraGroup) -> CameraGroup:
    """The group, with the whole tree held: two moves at once could otherwise make a circle that neither sees."""
    list(CameraGroup.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    found: CameraGroup = CameraGroup.objects.get(pk=group.pk)
    return found


def _keep_closure(group: CameraGroup) -> None:
    above = list(group.parent.ancestors.all()) if group.parent else []
    group.ancestors.set([*above, group])
    for child in group.children.all():
        _keep_closure(child)


def _recheck_everyone_with_a_grant() -> None:
    for grant in Grant.objects.all():
        recheck_sight(grant)
    transaction.on_commit(events.ask_restricted_to_return, robust=True)
