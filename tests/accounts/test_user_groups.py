"""Groups of people: who joins, sees what is granted to them; who leaves, does not."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError

from accounts import user_groups
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User, UserGroup
from accounts.signals import access_changed
from cameras import places
from cameras.models import Camera, Grant, Site


@pytest.fixture
def told() -> Iterator[list[int]]:
    """The ids of people of whom the floors above were told, in order."""
    user_ids: list[int] = []

    def remember(user_ids: list[int], _seen: list[int] = user_ids, **kwargs: object) -> None:
        _seen.extend(user_ids)

    access_changed.connect(remember)
    yield user_ids
    access_changed.disconnect(remember)


@pytest.fixture
def guards(admin: User, site: Site) -> UserGroup:
    group = user_groups.add_user_group(name="Guards", actor=admin)
    places.grant_view(user_group=group, site=site, actor=admin)
    return group


def test_members_see_what_is_granted_to_the_group_as_long_as_they_belong_to_it(
    guards: UserGroup,
    outsider: User,
    admin: User,
    camera: Camera,
    told: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        user_groups.add_members(guards, [outsider], actor=admin)
    assert Camera.objects.visible_to(outsider).get() == camera

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        user_groups.remove_members(guards, [outsider], actor=admin)
    assert not Camera.objects.visible_to(outsider).exists()
    assert told == [outsider.pk, outsider.pk]
    entries = AuditEntry.objects.filter(verb=AuditVerb.USER_GROUP_EDITED).order_by("pk")
    assert [entry.data for entry in entries] == [{"added": [outsider.email]}, {"removed": [outsider.email]}]


def test_joining_twice_and_leaving_without_belonging_change_nothing(guards: UserGroup, outsider: User) -> None:
    user_groups.remove_members(guards, [outsider], actor=SYSTEM)
    user_groups.add_members(guards, [outsider], actor=SYSTEM)
    user_groups.add_members(guards, [outsider], actor=SYSTEM)
    assert AuditEntry.objects.filter(verb=AuditVerb.USER_GROUP_EDITED).count() == 1


def test_a_group_takes_its_grants_along_and_leaves_its_people(
    guards: UserGroup, outsider: User, camera: Camera
) -> None:
    user_groups.add_members(guards, [outsider], actor=SYSTEM)
    user_groups.remove_user_group(guards, actor=SYSTEM)

    assert User.objects.filter(pk=outsider.pk).exists()
    assert not Grant.objects.exists()
    assert not Camera.objects.visible_to(outsider).exists()


def test_two_groups_do_not_share_a_name(guards: UserGroup) -> None:
    with pytest.raises(ValidationError):
        user_groups.add_user_group(name="Guards", actor=SYSTEM)
    other = user_groups.add_user_group(name="Night", actor=SYSTEM)
    with pytest.raises(ValidationError):
        user_groups.edit_user_group(other, name="Guards", actor=SYSTEM)
