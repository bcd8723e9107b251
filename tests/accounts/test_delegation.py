"""Nobody gives more than they hold: neither scopes, nor sight, nor by way of a role, a group or somebody else's account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import api_tokens, enrolling, invitations, membership, roles, second_factor, user_groups
from accounts.audit import SYSTEM
from accounts.delegation import MoreThanYouHold
from accounts.models import ApiToken, Role, User, UserGroup
from accounts.scopes import Scope
from cameras import enrolment, places
from cameras.choices import Sight
from cameras.models import Camera, CameraGroup, Grant, Site, TokenReach
from tests.accounts.people_at_the_door import enrol
from tests.elevating import elevated

PASSWORD = "a long enough password 42"
Maker = Callable[..., User]
_CLERK = ["cameras:read", "live:watch", "members:read", "members:write", "recordings:read"]


@pytest.fixture
def clerk(db: None, make_user: Maker, site: Site) -> User:
    """Looks after people, sees one site live, and is no administrator."""
    roles.add_role(name="clerk", label="Clerk", scopes=_CLERK, actor=SYSTEM)
    user = make_user("clerk")
    places.grant_view(user=user, site=site, sight=Sight.LIVE, actor=SYSTEM)
    return user


def add(role: str, actor: User) -> User:
    facts = {"email": "new@vms.example", "name": "New", "password": PASSWORD}
    return membership.add_member(**facts, role=Role.objects.get(name=role), actor=actor)


def through_token(user: User, *scopes: str, **reach: object) -> User:
    """The person's program, whose token has these scopes."""
    token = ApiToken.objects.create(
        owner=user, name="T", key="k", digest="", scopes=list(scopes), restricted=bool(reach)
    )
    if reach:
        TokenReach.objects.create(token=token, **reach)
    program = User.objects.select_related("role").get(pk=user.pk)
    program.through = token
    return program


def test_a_clerk_makes_people_of_no_more_scopes_than_the_clerk_has(clerk: User) -> None:
    roles.add_role(name="watcher", label="Watcher", scopes=["cameras:read", "live:watch"], actor=clerk)
    assert add("watcher", clerk).role.name == "watcher"

    for role in ("admin", "operator", "viewer"):
        with pytest.raises(MoreThanYouHold, match="beyond what you hold"):
            add(role, clerk)


def test_a_clerk_makes_nobody_an_administrator_not_even_the_clerk(clerk: User, outsider: User) -> None:
    for user in (clerk, outsider):
        with pytest.raises(MoreThanYouHold):
            membership.give_role(user, Role.objects.get(name="admin"), actor=clerk)


def test_a_clerk_touches_no_account_that_may_do_more(clerk: User, admin: User) -> None:
    """With the administrator's e-mail address the clerk could have a new password sent."""
    viewer_role = Role.objects.get(name="viewer")
    for attempt in (
        lambda: membership.edit_member(admin, email="clerk2@vms.example", actor=clerk),
        lambda: membership.disable_member(admin, actor=clerk),
        lambda: membership.enable_member(admin, actor=clerk),
        lambda: membership.give_role(admin, viewer_role, actor=clerk),
    ):
        with pytest.raises(MoreThanYouHold):
            attempt()
    admin.refresh_from_db()
    assert (admin.email, admin.is_active, admin.role.name) == ("admin@vms.example", True, "admin")


def test_a_clerk_touches_no_account_that_sees_more(clerk: User, outsider: User, other_site: Site, site: Site) -> None:
    """With its e-mail address the clerk could have a new password sent, and look through its eyes."""
    roles.add_role(name="watcher", label="Watcher", scopes=["cameras:read", "live:watch"], actor=SYSTEM)
    membership.give_role(outsider, Role.objects.get(name="watcher"), actor=SYSTEM)
    places.grant_view(user=outsider, site=site, sight=Sight.LIVE, actor=SYSTEM)
    membership.edit_member(outsider, name="Otto", actor=clerk)

    guards = user_groups.add_user_group(name="Guards", members=[outsider], actor=SYSTEM)
    places.grant_view(user_group=guards, site=other_site, sight=Sight.LIVE, actor=SYSTEM)
    for attempt in (
        lambda: membership.edit_member(outsider, email="clerk2@vms.example", actor=clerk),
        lambda: membership.disable_member(outsider, actor=clerk),
        lambda: enrolling.remove_all(outsider, actor=clerk),
        lambda: invitations.invite(outsider, absolute=str, actor=clerk),
    ):
        with pytest.raises(MoreThanYouHold, match=r"what outsider@vms\.example sees"):
            attempt()


def test_a_clerk_who_sees_a_place_live_touches_no_account_that_plays_it_back(
    clerk: User, outsider: User, site: Site
) -> None:
    """Though its role does not let it now: a role that does is the clerk's to give."""
    roles.add_role(name="watcher", label="Watcher", scopes=["cameras:read", "live:watch"], actor=SYSTEM)
    membership.give_role(outsider, Role.objects.get(name="watcher"), actor=SYSTEM)
    places.grant_view(user=outsider, site=site, actor=SYSTEM)

    with pytest.raises(MoreThanYouHold):
        membership.edit_member(outsider, email="clerk2@vms.example", actor=clerk)


def test_what_nobody_concerned_may_play_back_keeps_nobody_from_changing_an_account(
    make_user: Maker, outsider: User, site: Site
) -> None:
    scopes = ["cameras:read", "live:watch"]
    roles.add_role(name="watcher", label="Watcher", scopes=scopes, actor=SYSTEM)
    roles.add_role(name="foreman", label="Foreman", scopes=[*scopes, "members:write"], actor=SYSTEM)
    membership.give_role(outsider, Role.objects.get(name="watcher"), actor=SYSTEM)
    foreman = make_user("foreman")
    for user in (foreman, outsider):
        places.grant_view(user=user, site=site, actor=SYSTEM)

    membership.edit_member(outsider, name="Otto", actor=foreman)


def test_nobody_makes_a_token_of_a_service_account_that_sees_more(
    make_user: Maker, site: Site, other_site: Site
) -> None:
    scopes = ["cameras:read", "live:watch"]
    roles.add_role(name="wall", label="Wall", scopes=scopes, actor=SYSTEM)
    roles.add_role(name="keeper", label="Keeper", scopes=[*scopes, "tokens:all", "tokens:write"], actor=SYSTEM)
    keeper = make_user("keeper")
    facts = {"email": "wall@vms.example", "name": "Wall", "password": None, "is_service": True}
    wall = membership.add_member(**facts, role=Role.objects.get(name="wall"), actor=SYSTEM)
    for user in (keeper, wall):
        places.grant_view(user=user, site=site, sight=Sight.LIVE, actor=SYSTEM)
    issued = api_tokens.issue(owner=wall, actor=keeper, name="T", scopes=scopes)

    places.grant_view(user=wall, site=other_site, sight=Sight.LIVE, actor=SYSTEM)
    with pytest.raises(MoreThanYouHold):
        api_tokens.issue(owner=wall, actor=keeper, name="T", scopes=scopes)
    with pytest.raises(MoreThanYouHold):
        api_tokens.rotate(issued.token, actor=keeper)


def test_nobody_changes_by_administration_how_they_sign_in_themselves(
    admin: User, page_of: Callable[..., Client]
) -> None:
    """My account asks again who they are; whoever has found their browser open cannot tell."""
    enrol(admin)
    browser, page = elevated(page_of(admin), admin), f"/administration/people/{admin.pk}/"
    facts = {"name": "Ada", "email": "thief@vms.example", "role": str(admin.role_id)}

    assert browser.post(f"{page}edit/", facts).status_code == 422
    assert browser.patch(f"/api/v1/users/{admin.pk}/", facts, "application/json").status_code in (400, 403)
    assert browser.post(f"{page}forget-factors/").status_code == 409

    admin.refresh_from_db()
    assert admin.email == "admin@vms.example"
    assert second_factor.is_enrolled(admin)
    assert browser.post(f"{page}edit/", {**facts, "email": admin.email}).status_code == 302


def test_a_clerk_makes_and_widens_no_role_beyond_the_own_scopes(clerk: User) -> None:
    with pytest.raises(MoreThanYouHold, match="audit:read"):
        roles.add_role(name="spy", label="Spy", scopes=["audit:read"], actor=clerk)
    own = Role.objects.get(name="clerk")
    with pytest.raises(MoreThanYouHold, match="admin:access"):
        roles.edit_role(own, scopes=[*_CLERK, "admin:access"], actor=clerk)
    for role in Role.objects.exclude(name="clerk"):
        with pytest.raises(MoreThanYouHold):
            roles.edit_role(role, requires_second_factor=True, actor=clerk)


def test_a_grant_shows_no_more_than_its_giver_sees(clerk: User, outsider: User, site: Site, other_site: Site) -> None:
    places.grant_view(user=outsider, site=site, sight=Sight.LIVE, actor=clerk)

    with pytest.raises(MoreThanYouHold):
        places.edit_sight(Grant.objects.get(user=outsider), sight=Sight.LIVE_AND_RECORDED, actor=clerk)
    for user in (outsider, clerk):
        with pytest.raises(MoreThanYouHold):
            places.grant_view(user=user, site=other_site, sight=Sight.LIVE, actor=clerk)


def test_who_sees_some_cameras_of_a_site_may_not_show_all_of_it(
    clerk: User, outsider: User, other_site: Site, group: CameraGroup, make_camera: Callable[..., Camera]
) -> None:
    make_camera("SN-5", site=other_site, group=group)
    places.grant_view(user=clerk, group=group, actor=SYSTEM)
    assert Site.objects.visible_to(clerk).filter(pk=other_site.pk).exists()

    with pytest.raises(MoreThanYouHold):
        places.grant_view(user=outsider, site=other_site, sight=Sight.LIVE, actor=clerk)
    inner = places.add_group(name="Inner", parent=group, actor=SYSTEM)
    places.grant_view(user=outsider, group=inner, actor=clerk)


def test_nobody_joins_a_group_of_people_that_sees_more(clerk: User, other_site: Site, site: Site) -> None:
    guards = user_groups.add_user_group(name="Guards", actor=clerk)
    places.grant_view(user_group=guards, site=site, sight=Sight.LIVE, actor=SYSTEM)
    user_groups.add_members(guards, [clerk], actor=clerk)
    user_groups.remove_members(guards, [clerk], actor=clerk)

    places.grant_view(user_group=guards, site=other_site, actor=SYSTEM)
    with pytest.raises(MoreThanYouHold, match="Guards"):
        user_groups.add_members(guards, [clerk], actor=clerk)
    assert not guards.members.exists()


def test_nobody_takes_a_role_that_sees_more(clerk: User, other_site: Site) -> None:
    role = roles.add_role(name="harbour", label="Harbour", scopes=["cameras:read"], actor=SYSTEM)
    places.grant_view(role=role, site=other_site, sight=Sight.LIVE, actor=SYSTEM)

    for attempt in (lambda: add("harbour", clerk), lambda: membership.give_role(clerk, role, actor=clerk)):
        with pytest.raises(MoreThanYouHold):
            attempt()


def test_a_program_gives_no_more_than_its_token(admin: User, outsider: User, site: Site, other_site: Site) -> None:
    narrow = through_token(admin, Scope.MEMBERS_READ, Scope.MEMBERS_WRITE)
    with pytest.raises(MoreThanYouHold):
        membership.give_role(outsider, Role.objects.get(name="operator"), actor=narrow)
    with pytest.raises(MoreThanYouHold):
        places.grant_view(user=outsider, site=site, actor=narrow)


def test_a_token_of_one_site_makes_nobody_see_another(
    admin: User, outsider: User, site: Site, other_site: Site
) -> None:
    program = through_token(admin, *Scope, site=site)
    places.grant_view(user=outsider, site=site, actor=program)
    with pytest.raises(MoreThanYouHold):
        places.grant_view(user=outsider, site=other_site, actor=program)
    with pytest.raises(MoreThanYouHold, match="cameras:all"):
        membership.give_role(outsider, Role.objects.get(name="operator"), actor=program)


def test_the_same_is_granted_once(admin: User, viewer: User, site: Site, other_site: Site) -> None:
    places.grant_view(user=viewer, site=other_site, actor=admin)
    with pytest.raises(ValidationError, match="granted already"):
        places.grant_view(user=viewer, site=site, sight=Sight.LIVE, actor=admin)


def test_an_administrator_gives_everything(admin: User, outsider: User, other_site: Site) -> None:
    guards = UserGroup.objects.create(name="Guards")
    places.grant_view(user_group=guards, site=other_site, actor=admin)
    user_groups.add_members(guards, [outsider], actor=admin)
    membership.give_role(outsider, Role.objects.get(name="admin"), actor=admin)
    assert User.objects.get(pk=outsider.pk).sees_every_camera


def test_a_narrow_token_of_an_administrator_does_not_change_the_administrators_account(admin: User) -> None:
    """A changed e-mail address, and then a forgotten password, would open all that the token was not given."""
    program = through_token(admin, Scope.MEMBERS_READ, Scope.MEMBERS_WRITE)

    with pytest.raises(MoreThanYouHold):
        membership.edit_member(admin, actor=program, email="thief@vms.example")
    membership.edit_member(admin, actor=admin, name="Ada")


def test_nobody_moves_a_camera_to_where_they_may_play_it_back(
    make_user: Maker, site: Site, other_site: Site, camera: Camera, group: CameraGroup
) -> None:
    scopes = ["cameras:read", "cameras:write", "recordings:read", "live:watch"]
    roles.add_role(name="mover", label="Mover", scopes=scopes, actor=SYSTEM)
    mover = make_user("mover")
    places.grant_view(user=mover, site=site, sight=Sight.LIVE, actor=SYSTEM)
    places.grant_view(user=mover, site=other_site, actor=SYSTEM)
    places.grant_view(user=mover, group=group, sight=Sight.LIVE, actor=SYSTEM)
    outer = places.add_group(name="Outer", actor=SYSTEM)
    places.grant_view(user=mover, group=outer, actor=SYSTEM)

    with pytest.raises(MoreThanYouHold):
        enrolment.edit_camera(camera, site=other_site, actor=mover)
    enrolment.edit_camera(camera, group=group, actor=mover)
    with pytest.raises(MoreThanYouHold):
        places.edit_group(group, name=group.name, parent=outer, actor=mover)
    enrolment.edit_camera(camera, site=other_site, actor=SYSTEM)


def test_the_old_address_is_told_when_somebody_changes_it(
    admin: User, outsider: User, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.EMAIL_IN_BACKGROUND = False
    with django_capture_on_commit_callbacks(execute=True):
        membership.edit_member(outsider, email="other@vms.example", actor=admin)
    (letter,) = mail.outbox
    assert letter.to == ["outsider@vms.example"]
    assert "other@vms.example" in letter.body
