"""Groups of people, to whom the same cameras are granted."""

from collections.abc import Collection

from django.db import transaction

from accounts import audit, delegation
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.models import User, UserGroup
from accounts.signals import announce_access


@transaction.atomic
def add_user_group(*, name: str, members: Collection[User] = (), actor: Actor) -> UserGroup:
    """Make a group of people. Raises ValidationError."""
    group = UserGroup(name=name)
    group.full_clean()
    group.save()
    group.members.set(members)
    audit.record(actor=actor, verb=AuditVerb.USER_GROUP_ADDED, target=group, members=_named(members))
    return group


@transaction.atomic
def edit_user_group(group: UserGroup, *, name: str, actor: Actor) -> UserGroup:
    """Rename it. Raises ValidationError."""
    before, group.name = group.name, name
    group.full_clean()
    if before != group.name:
        group.save(update_fields=["name"])
        told = {"before": {"name": before}, "after": {"name": group.name}}
        audit.record(actor=actor, verb=AuditVerb.USER_GROUP_EDITED, target=group, **told)
    return group


@transaction.atomic
def add_members(group: UserGroup, people: Collection[User], *, actor: Actor) -> None:
    """Put people into the group; they see what is granted to it. Raises MoreThanYouHold."""
    delegation.check_may_put_into(actor, group)
    present = set(group.members.filter(pk__in=[user.pk for user in people]).values_list("pk", flat=True))
    if new := [user for user in people if user.pk not in present]:
        group.members.add(*new)
        _tell_of(group, new, actor, "added")


@transaction.atomic
def remove_members(group: UserGroup, people: Collection[User], *, actor: Actor) -> None:
    """Take people out of the group; what they see only by it, they lose within seconds."""
    gone = list(group.members.filter(pk__in=[user.pk for user in people]))
    if gone:
        group.members.remove(*gone)
        _tell_of(group, gone, actor, "removed")


@transaction.atomic
def remove_user_group(group: UserGroup, *, actor: Actor) -> None:
    """Remove the group and what was granted to it; its people stay."""
    members = list(group.members.all())
    audit.record(actor=actor, verb=AuditVerb.USER_GROUP_REMOVED, target=group, members=_named(members))
    announce_access([user.pk for user in members])
    group.delete()


def _tell_of(group: UserGroup, people: Collection[User], actor: Actor, what: str) -> None:
    audit.record(actor=actor, verb=AuditVerb.USER_GROUP_EDITED, target=group, **{what: _named(people)})
    announce_access([user.pk for user in people])


def _named(people: Collection[User]) -> list[str]:
    """The first hundred, so that an entry stays readable."""
    return [user.email for user in people][:100]
