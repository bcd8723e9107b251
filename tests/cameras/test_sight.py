"""What a grant shows: to whom, how far down the tree, and whether also what was recorded; and what a token takes away."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import membership, roles
from accounts.audit import SYSTEM
from accounts.models import ApiToken, User, UserGroup
from accounts.scopes import Scope
from cameras import enrolment, places, sight
from cameras.choices import Sight
from cameras.models import Camera, CameraGroup, Site, TokenReach


@pytest.fixture
def guards(outsider: User) -> UserGroup:
    """A group of people with one member."""
    group = UserGroup.objects.create(name="Guards")
    group.members.add(outsider)
    return group


def seen_by(user: User) -> list[str]:
    return sorted(camera.serial_number for camera in Camera.objects.visible_to(user))


def played_back_by(user: User) -> list[str]:
    return sorted(camera.serial_number for camera in Camera.objects.footage_visible_to(user))


def with_token(user: User, *, scopes: list[str] | None = None, **reach: object) -> User:
    """The same person, through a token of theirs."""
    token = ApiToken.objects.create(
        owner=user, name="Test", key=f"k{ApiToken.objects.count()}", digest="", restricted=bool(reach)
    )
    token.scopes = list(Scope) if scopes is None else scopes
    if reach:
        TokenReach.objects.create(token=token, **reach)
    through = User.objects.select_related("role").get(pk=user.pk)
    through.through = token
    return through


def test_what_is_granted_to_a_group_of_people_is_seen_by_its_members(
    guards: UserGroup, outsider: User, camera: Camera, site: Site
) -> None:
    places.grant_view(user_group=guards, site=site, actor=SYSTEM)
    assert seen_by(outsider) == ["SN-1"]

    guards.members.remove(outsider)
    assert seen_by(outsider) == []


def test_a_grant_is_to_one_subject(guards: UserGroup, outsider: User, site: Site) -> None:
    with pytest.raises(ValidationError, match="one of them"):
        places.grant_view(user_group=guards, user=outsider, site=site, actor=SYSTEM)


def test_a_live_grant_shows_the_camera_and_not_what_it_recorded(outsider: User, camera: Camera, site: Site) -> None:
    places.grant_view(user=outsider, site=site, sight=Sight.LIVE, actor=SYSTEM)

    assert seen_by(outsider) == ["SN-1"]
    assert played_back_by(outsider) == []


def test_the_wider_of_two_grants_counts(outsider: User, camera: Camera, site: Site, guards: UserGroup) -> None:
    places.grant_view(user=outsider, site=site, sight=Sight.LIVE, actor=SYSTEM)
    places.grant_view(user_group=guards, site=site, sight=Sight.LIVE_AND_RECORDED, actor=SYSTEM)

    assert played_back_by(outsider) == ["SN-1"]


def test_a_recorded_grant_elsewhere_does_not_widen_a_live_one(
    outsider: User, camera: Camera, site: Site, other_camera: Camera, other_site: Site
) -> None:
    places.grant_view(user=outsider, site=site, sight=Sight.LIVE, actor=SYSTEM)
    places.grant_view(user=outsider, site=other_site, actor=SYSTEM)

    assert seen_by(outsider) == ["SN-1", "SN-9"]
    assert played_back_by(outsider) == ["SN-9"]


def test_with_a_live_grant_playback_does_not_exist(
    outsider: User, camera: Camera, site: Site, page_of: Callable[[User], Client]
) -> None:
    places.grant_view(user=outsider, site=site, sight=Sight.LIVE, actor=SYSTEM)
    browser = page_of(outsider)

    page = browser.get(f"/cameras/{camera.public_id}/")
    assert page.status_code == 200
    assert "Playback" not in page.content.decode()
    assert browser.get(f"/cameras/{camera.public_id}/playback/").status_code == 404
    asked = {"camera": camera.public_id, "start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z"}
    assert browser.get("/api/v1/coverage/", asked).status_code == 404
    body = {"camera": camera.public_id, "kind": "recorded"}
    assert browser.post("/api/v1/playback-tokens/", body, content_type="application/json").status_code == 403


def test_a_token_does_no_more_than_its_scopes_and_no_more_than_the_role(admin: User, outsider: User) -> None:
    narrow = with_token(admin, scopes=[Scope.CAMERAS_READ])
    assert narrow.has_scope(Scope.CAMERAS_READ)
    assert not narrow.has_scope(Scope.CAMERAS_WRITE)

    assert not with_token(outsider).has_scope(Scope.CAMERAS_WRITE)


def test_a_token_reaches_the_cameras_that_it_names(
    operator: User,
    camera: Camera,
    other_camera: Camera,
    site: Site,
    group: CameraGroup,
    make_camera: Callable[..., Camera],
) -> None:
    inner = places.add_group(name="Inner", parent=group, actor=SYSTEM)
    make_camera("SN-5", site=other_camera.site, group=inner)

    assert seen_by(with_token(operator)) == ["SN-1", "SN-5", "SN-9"]
    assert seen_by(with_token(operator, site=site)) == ["SN-1"]
    assert seen_by(with_token(operator, camera=other_camera)) == ["SN-9"]
    assert seen_by(with_token(operator, group=group)) == ["SN-5"]
    assert [str(one) for one in Site.objects.visible_to(with_token(operator, site=site))] == [str(site)]


def test_a_token_reaches_nothing_that_its_owner_does_not_see(
    viewer: User, camera: Camera, other_camera: Camera, other_site: Site
) -> None:
    assert seen_by(with_token(viewer, site=other_site)) == []
    assert not with_token(viewer, site=other_site).sees_every_camera


def causes_of(verdict: sight.Verdict) -> list[str]:
    return [reason.cause.value for reason in verdict.reasons]


def test_it_is_told_through_which_grant_somebody_sees_a_camera(
    outsider: User, admin: User, guards: UserGroup, group: CameraGroup, make_camera: Callable[..., Camera]
) -> None:
    inner = places.add_group(name="Inner", parent=group, actor=SYSTEM)
    deep = make_camera("SN-5", group=inner)
    grant = places.grant_view(user_group=guards, group=group, sight=Sight.LIVE, actor=SYSTEM)

    told = sight.explain(outsider, deep, asker=admin)
    assert (told.sees, told.watches_live, told.plays_back) == (True, True, False)
    assert causes_of(told) == ["grant", "live_only"]
    assert told.reasons[0].grant == grant
    assert told.reasons[0].words == (
        "All in the group Guards see the camera group Perimeter, which is around the camera's own: live only."
    )


def test_it_is_told_why_somebody_does_not_see_a_camera(
    outsider: User, admin: User, camera: Camera, make_user: Callable[..., User], db: None
) -> None:
    assert causes_of(sight.explain(outsider, camera, asker=admin)) == ["no_grant"]
    assert (
        sight.explain(outsider, camera, asker=admin).reasons[0].words == "Nobody has granted them the site North gate."
    )

    roles.add_role(name="clerk", label="Clerk", scopes=["members:read"], actor=SYSTEM)
    clerk = make_user("clerk")
    told = sight.explain(clerk, camera, asker=admin)
    assert not told.sees
    assert told.reasons[0].scope == Scope.CAMERAS_READ

    outsider.is_active = False
    assert causes_of(sight.explain(outsider, camera, asker=admin)) == ["account_disabled"]


def test_a_role_that_sees_every_camera_needs_no_grant_but_the_scopes(
    operator: User, admin: User, camera: Camera, make_user: Callable[..., User]
) -> None:
    told = sight.explain(operator, camera, asker=admin)
    assert (told.sees, told.watches_live, told.plays_back) == (True, True, True)
    assert causes_of(told) == ["every_camera"]

    roles.add_role(name="installer", label="Installer", scopes=["cameras:read", "cameras:all"], actor=SYSTEM)
    told = sight.explain(make_user("installer"), camera, asker=admin)
    assert (told.sees, told.watches_live, told.plays_back) == (True, False, False)
    assert [reason.scope for reason in told.reasons[1:]] == [Scope.LIVE_WATCH, Scope.RECORDINGS_READ]


def test_what_is_explained_is_what_is_so(
    viewer: User,
    outsider: User,
    operator: User,
    admin: User,
    guards: UserGroup,
    camera: Camera,
    other_camera: Camera,
    group: CameraGroup,
    make_camera: Callable[..., Camera],
) -> None:
    make_camera("SN-5", site=other_camera.site, group=group)
    places.grant_view(user_group=guards, group=group, sight=Sight.LIVE, actor=SYSTEM)
    for user in (viewer, outsider, operator, admin):
        for one in Camera.objects.all():
            told = sight.explain(user, one, asker=admin)
            assert told.sees == Camera.objects.visible_to(user).filter(pk=one.pk).exists()
            assert told.plays_back == Camera.objects.footage_visible_to(user).filter(pk=one.pk).exists()


def counted(places: Any, user: User, asker: User) -> list[tuple[str, int, int]]:
    rows = list(places)
    sight.count_in(rows, user, asker=asker)
    return [(one.name, one.seen, one.played_back) for one in rows]


def test_cameras_that_somebody_sees_are_counted_by_place_and_by_grant(
    viewer: User,
    admin: User,
    camera: Camera,
    other_camera: Camera,
    site: Site,
    group: CameraGroup,
    make_camera: Callable[..., Camera],
) -> None:
    inner = places.add_group(name="Inner", parent=group, actor=SYSTEM)
    make_camera("SN-5", site=other_camera.site, group=inner)
    live = places.grant_view(user=viewer, group=group, sight=Sight.LIVE, actor=SYSTEM)
    enrolment.retire_camera(make_camera("SN-6"), actor=SYSTEM)

    assert sight.count_seen(viewer, asker=admin) == sight.Counts(known=3, seen=2, played_back=1)
    assert counted(sight.sites_seen(viewer, asker=admin), viewer, admin) == [("Harbour", 1, 0), ("North gate", 1, 1)]
    assert counted(sight.groups_seen(viewer, asker=admin), viewer, admin) == [("Inner", 1, 0), ("Perimeter", 1, 0)]
    own, inherited = sight.grants_of(viewer, asker=admin)
    assert inherited == live
    assert sight.cameras_under([own, inherited], asker=admin) == {own.pk: 1, live.pk: 1}


def test_a_disabled_account_sees_nothing_anywhere(viewer: User, admin: User, camera: Camera) -> None:
    membership.disable_member(viewer, actor=admin)
    viewer.refresh_from_db()

    assert sight.count_seen(viewer, asker=admin) == sight.Counts(known=1, seen=0, played_back=0)
    assert list(sight.sites_seen(viewer, asker=admin)) == []


def test_who_asks_is_told_of_places_that_they_know_of(
    viewer: User, outsider: User, camera: Camera, other_camera: Camera, other_site: Site, make_user: Callable[..., User]
) -> None:
    roles.add_role(name="clerk", label="Clerk", scopes=["cameras:read", "members:read"], actor=SYSTEM)
    clerk = make_user("clerk")
    places.grant_view(user=clerk, site=other_site, actor=SYSTEM)

    assert sight.count_seen(viewer, asker=clerk) == sight.Counts(known=1, seen=0, played_back=0)
    assert list(sight.grants_of(viewer, asker=clerk)) == []
    places.grant_view(user=viewer, site=other_site, actor=SYSTEM)
    assert [str(grant.place) for grant in sight.grants_of(viewer, asker=clerk)] == ["Harbour"]


def test_a_grant_on_a_place_that_the_asker_does_not_know_is_told_without_its_name(
    viewer: User, group: CameraGroup, site: Site, make_camera: Callable[..., Camera], make_user: Callable[..., User]
) -> None:
    roles.add_role(name="clerk", label="Clerk", scopes=["cameras:read", "members:read"], actor=SYSTEM)
    clerk = make_user("clerk")
    places.grant_view(user=clerk, site=site, actor=SYSTEM)
    places.grant_view(user=viewer, group=group, actor=SYSTEM)

    own, hidden = sight.explain(viewer, make_camera("SN-5", group=group), asker=clerk).reasons
    assert own.grant is not None
    assert (hidden.grant, hidden.words) == (None, "It is granted with a place that you do not see.")
