"""Sites, the tree of groups, and who sees what of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, Role, User
from cameras import enrolment, places
from cameras.models import Camera, CameraGroup, Grant, Site


@pytest.fixture
def tree(group: CameraGroup) -> dict[str, CameraGroup]:
    """Perimeter > Fence > Corner, and Yard beside Perimeter."""
    fence = places.add_group(name="Fence", parent=group, actor=SYSTEM)
    corner = places.add_group(name="Corner", parent=fence, actor=SYSTEM)
    yard = places.add_group(name="Yard", actor=SYSTEM)
    return {"Perimeter": group, "Fence": fence, "Corner": corner, "Yard": yard}


@pytest.fixture
def camera_in(make_camera: Callable[..., Camera], other_site: Site) -> Callable[[CameraGroup], Camera]:
    """Enrol a camera in a group, on a site without grants."""
    return lambda group: make_camera(f"SN-{group.name}", site=other_site, group=group)


def names(groups: Any) -> list[str]:
    return sorted(group.name for group in groups)


def seen_by(user: User) -> list[str]:
    return sorted(camera.serial_number for camera in Camera.objects.visible_to(user))


def test_a_group_knows_all_groups_around_it(tree: dict[str, CameraGroup]) -> None:
    assert names(tree["Corner"].ancestors.all()) == ["Corner", "Fence", "Perimeter"]
    assert names(tree["Perimeter"].descendants.all()) == ["Corner", "Fence", "Perimeter"]
    assert names(tree["Yard"].ancestors.all()) == ["Yard"]


def test_a_moved_group_takes_all_inside_it_along(tree: dict[str, CameraGroup]) -> None:
    places.edit_group(tree["Fence"], name="Fence", parent=tree["Yard"], actor=SYSTEM)

    assert names(tree["Corner"].ancestors.all()) == ["Corner", "Fence", "Yard"]
    assert names(tree["Perimeter"].descendants.all()) == ["Perimeter"]


def test_a_group_moved_to_the_root_has_nothing_around_it(tree: dict[str, CameraGroup]) -> None:
    places.edit_group(tree["Fence"], name="Fence", parent=None, actor=SYSTEM)

    assert names(tree["Corner"].ancestors.all()) == ["Corner", "Fence"]


@pytest.mark.parametrize("inside", ["Perimeter", "Fence", "Corner"])
def test_a_group_cannot_be_moved_into_itself(tree: dict[str, CameraGroup], inside: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        places.edit_group(tree["Perimeter"], name="Perimeter", parent=tree[inside], actor=SYSTEM)

    assert list(refusal.value.message_dict) == ["parent"]
    assert CameraGroup.objects.get(pk=tree["Perimeter"].pk).parent is None
    assert names(tree["Corner"].ancestors.all()) == ["Corner", "Fence", "Perimeter"]


def test_the_admin_site_answers_a_circle_with_the_form(
    tree: dict[str, CameraGroup], admin: User, page_of: Callable[[User], Client]
) -> None:
    facts = {"name": "Perimeter", "parent": tree["Corner"].pk}

    answer = page_of(admin).post(f"/admin/cameras/cameragroup/{tree['Perimeter'].pk}/change/", facts)

    assert answer.status_code == 200
    assert "cannot be moved into itself" in answer.content.decode()


def test_the_admin_site_keeps_the_closure(
    tree: dict[str, CameraGroup], admin: User, page_of: Callable[[User], Client]
) -> None:
    page_of(admin).post("/admin/cameras/cameragroup/add/", {"name": "Post 1", "parent": tree["Corner"].pk})

    made = CameraGroup.objects.get(name="Post 1")
    assert names(made.ancestors.all()) == ["Corner", "Fence", "Perimeter", "Post 1"]


@pytest.mark.parametrize("parent", [None, "Perimeter"])
def test_a_name_is_taken_once_in_its_parent(tree: dict[str, CameraGroup], parent: str | None) -> None:
    around = tree[parent] if parent else None
    taken = "Fence" if parent else "Yard"

    with pytest.raises(ValidationError):
        places.add_group(name=taken, parent=around, actor=SYSTEM)


def test_a_grant_on_a_site_shows_its_cameras_and_no_others(viewer: User, camera: Camera, other_camera: Camera) -> None:
    assert seen_by(viewer) == ["SN-1"]


def test_nobody_sees_anything_without_a_grant(outsider: User, camera: Camera, group: CameraGroup, site: Site) -> None:
    assert seen_by(outsider) == []
    assert not Site.objects.visible_to(outsider).exists()
    assert not CameraGroup.objects.visible_to(outsider).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Camera, CameraGroup, Site])
@pytest.mark.parametrize("stranger", [AnonymousUser(), None])
def test_a_stranger_sees_nothing(model: Any, stranger: object, camera: Camera, group: CameraGroup) -> None:
    assert not model.objects.visible_to(stranger).exists()


def test_operators_see_every_camera(operator: User, camera: Camera, other_camera: Camera) -> None:
    assert seen_by(operator) == ["SN-1", "SN-9"]


def test_a_disabled_operator_sees_nothing(operator: User, camera: Camera) -> None:
    operator.is_active = False

    assert seen_by(operator) == []


def test_a_grant_on_a_group_is_inherited_by_the_groups_inside(
    outsider: User, tree: dict[str, CameraGroup], camera_in: Callable[[CameraGroup], Camera]
) -> None:
    for group in tree.values():
        camera_in(group)

    places.grant_view(user=outsider, group=tree["Fence"], actor=SYSTEM)

    assert seen_by(outsider) == ["SN-Corner", "SN-Fence"]
    assert names(CameraGroup.objects.visible_to(outsider)) == ["Corner", "Fence"]
    assert names(Site.objects.visible_to(outsider)) == ["Harbour"]


def test_moving_a_group_out_of_a_granted_one_takes_it_out_of_sight(
    outsider: User, tree: dict[str, CameraGroup], camera_in: Callable[[CameraGroup], Camera]
) -> None:
    camera_in(tree["Corner"])
    places.grant_view(user=outsider, group=tree["Perimeter"], actor=SYSTEM)
    assert seen_by(outsider) == ["SN-Corner"]

    places.edit_group(tree["Fence"], name="Fence", parent=tree["Yard"], actor=SYSTEM)

    assert seen_by(outsider) == []


def test_a_camera_taken_out_of_a_granted_group_is_out_of_sight(
    outsider: User, tree: dict[str, CameraGroup], camera_in: Callable[[CameraGroup], Camera]
) -> None:
    camera = camera_in(tree["Fence"])
    places.grant_view(user=outsider, group=tree["Fence"], actor=SYSTEM)

    enrolment.edit_camera(camera, group=None, actor=SYSTEM)

    assert seen_by(outsider) == []


def test_a_grant_to_a_role_is_for_everybody_who_has_it(outsider: User, site: Site, camera: Camera) -> None:
    places.grant_view(role=Role.objects.get(name="viewer"), site=site, actor=SYSTEM)

    assert seen_by(outsider) == ["SN-1"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_grant_the_same_at_once_one_does(outsider: User, site: Site) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    together = Barrier(2)

    def grant(_: int) -> bool:
        together.wait()
        try:
            places.grant_view(user=outsider, site=site, actor=SYSTEM)
        except ValidationError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(grant, range(2))) == [False, True]
    assert Grant.objects.filter(user=outsider, site=site).count() == 1


def test_a_grant_to_another_role_is_not_for_them(outsider: User, site: Site, camera: Camera) -> None:
    places.grant_view(role=Role.objects.get(name="api_only"), site=site, actor=SYSTEM)

    assert seen_by(outsider) == []


def test_a_camera_granted_in_several_ways_is_seen_once(
    viewer: User, camera: Camera, site: Site, tree: dict[str, CameraGroup]
) -> None:
    enrolment.edit_camera(camera, group=tree["Corner"], actor=SYSTEM)
    places.grant_view(user=viewer, group=tree["Perimeter"], actor=SYSTEM)
    places.grant_view(role=viewer.role, site=site, actor=SYSTEM)

    assert seen_by(viewer) == ["SN-1"]
    assert Site.objects.visible_to(viewer).count() == 1


def test_a_withdrawn_grant_ends_sight_and_is_audited(viewer: User, camera: Camera, admin: User) -> None:
    places.withdraw_view(Grant.objects.get(user=viewer), actor=admin)

    assert seen_by(viewer) == []
    entry = AuditEntry.objects.get(verb=AuditVerb.VIEW_WITHDRAWN)
    assert entry.target_label == f"{viewer.email} sees North gate"


@pytest.mark.parametrize("facts", [{}, {"user": True}, {"site": True}, {"user": True, "role": True, "site": True}])
def test_a_grant_names_one_person_or_role_and_one_place(outsider: User, site: Site, facts: dict[str, bool]) -> None:
    all_facts = {"user": outsider, "role": outsider.role, "site": site}

    with pytest.raises(ValidationError):
        places.grant_view(actor=SYSTEM, **{name: all_facts[name] for name in facts})
    assert not Grant.objects.exists()


def test_sites_are_added_and_edited_with_an_entry_each(admin: User) -> None:
    site = places.add_site(name="Depot", time_zone="Asia/Kathmandu", actor=admin)
    places.edit_site(site, region="asia", actor=admin)

    verbs = list(
        AuditEntry.objects.filter(target_type="cameras.site", target_id=str(site.pk)).values_list("verb", flat=True)
    )
    assert verbs == [AuditVerb.SITE_EDITED, AuditVerb.SITE_ADDED]
    assert str(site.zone) == "Asia/Kathmandu"


def test_the_admin_site_grants_and_withdraws_with_an_entry(
    admin: User, outsider: User, camera: Camera, site: Site, page_of: Callable[[User], Client]
) -> None:
    browser = page_of(admin)

    browser.post("/admin/cameras/grant/add/", {"user": outsider.pk, "site": site.pk, "sight": "recorded"})
    assert seen_by(outsider) == ["SN-1"]
    grant = Grant.objects.get()
    browser.post(f"/admin/cameras/grant/{grant.pk}/delete/", {"post": "yes"})

    assert seen_by(outsider) == []
    assert AuditEntry.objects.filter(verb=AuditVerb.VIEW_WITHDRAWN, actor=admin).count() == 1
