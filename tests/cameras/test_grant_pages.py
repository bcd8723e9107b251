"""The pages about grants, and the one that says what a person sees and why."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import roles, user_groups
from accounts.audit import SYSTEM
from accounts.models import User
from cameras import places
from cameras.models import Camera, CameraGroup, Grant, Site

Page = Callable[[User], Client]
GRANTS = "/administration/grants/"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def sight_of(user: User, query: str = "") -> str:
    return f"/administration/people/{user.pk}/sight/{query}"


def test_a_view_is_granted_changed_and_withdrawn(
    page_of: Page, admin: User, outsider: User, camera: Camera, site: Site
) -> None:
    browser, theirs = page_of(admin), page_of(outsider)
    assert "No grants yet" in text(browser.get(GRANTS))
    assert 'value="outsider@vms.example"' in text(browser.get(GRANTS + "add/?email=outsider@vms.example"))
    facts = {"email": outsider.email, "site": site.pk, "sight": "live"}
    text(browser.post(GRANTS + "add/", facts, follow=True))
    assert theirs.get(camera.get_absolute_url()).status_code == 200
    assert theirs.get(f"{camera.get_absolute_url()}playback/").status_code == 404

    one = f"{GRANTS}{Grant.objects.get().pk}/"
    text(browser.post(one, {"sight": "recorded"}, follow=True))
    assert theirs.get(f"{camera.get_absolute_url()}playback/").status_code == 200
    text(browser.post(one + "withdraw/", follow=True))
    assert theirs.get(camera.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"email": "nobody@vms.example", "site": True}, "Nobody has this e-mail address"),
        ({"site": True}, "one of them"),
        ({"email": "outsider@vms.example"}, "a site or a camera group"),
        ({"email": "outsider@vms.example", "site": True, "group": True}, "a site or a camera group"),
        ({"email": "outsider@vms.example", "site": True, "sight": "all"}, "not one of the available choices"),
    ],
)
def test_a_grant_that_makes_no_sense_is_told(
    page_of: Page,
    admin: User,
    outsider: User,
    site: Site,
    group: CameraGroup,
    facts: dict[str, Any],
    words: str,
) -> None:
    numbers = {"site": site.pk, "group": group.pk}
    sent = {"sight": "live"} | {name: numbers.get(name, value) for name, value in facts.items()}
    assert words in text(page_of(admin).post(GRANTS + "add/", sent), 422)
    assert not Grant.objects.exists()


def test_grants_are_found_by_subject_and_place(
    page_of: Page, admin: User, viewer: User, site: Site, group: CameraGroup
) -> None:
    guards = user_groups.add_user_group(name="Guards", actor=SYSTEM)
    places.grant_view(user_group=guards, group=group, sight="live", actor=SYSTEM)
    browser = page_of(admin)

    def both(query: str) -> tuple[bool, bool]:
        page = text(browser.get(GRANTS + query, headers={"HX-Request": "true"}))
        return "viewer@vms.example" in page, "Guards" in page

    assert both("") == (True, True)
    assert both("?q=guard") == both(f"?group={group.pk}") == both("?sight=live") == (False, True)
    assert both(f"?user_group={guards.pk}") == (False, True)
    assert both("?q=north+viewer") == both(f"?site={site.pk}") == (True, False)
    assert both("?q=nothing") == both("?site=x") == (False, False)


def test_it_is_told_what_a_person_sees_and_why(
    page_of: Page, admin: User, viewer: User, camera: Camera, other_camera: Camera
) -> None:
    browser = page_of(admin)
    page = text(browser.get(sight_of(viewer)))
    assert "1 of 2 cameras, 1 also recorded" in page
    assert "North gate" in page

    assert "They themselves see the site North gate: live and recorded." in text(
        browser.get(sight_of(viewer, "?camera=Gate"))
    )
    answer = text(browser.get(sight_of(viewer, "?camera=SN-9")))
    assert "Does not see it" in answer
    assert "Nobody has granted them the site Harbour." in answer
    assert "No camera in use is called so" in text(browser.get(sight_of(viewer, "?camera=nothing")))
    part = text(browser.get(sight_of(viewer), headers={"HX-Request": "true"}))
    assert "May they see a camera?" not in part


def test_of_a_person_without_grants_it_is_told_too(
    page_of: Page, admin: User, outsider: User, operator: User, camera: Camera
) -> None:
    assert "They see no camera." in text(page_of(admin).get(sight_of(outsider)))
    assert "sees every camera" in text(page_of(admin).get(sight_of(operator)))


def test_what_the_asker_may_not_know_of_is_not_on_the_page(
    page_of: Page, make_user: Callable[..., User], viewer: User, camera: Camera, other_site: Site
) -> None:
    scopes = ["cameras:read", "members:read", "members:write"]
    roles.add_role(name="clerk", label="Clerk", scopes=scopes, actor=SYSTEM)
    clerk = make_user("clerk")
    browser = page_of(clerk)
    hidden = Grant.objects.get(user=viewer)

    assert "North gate" not in text(browser.get(GRANTS))
    assert "North gate" not in text(browser.get(sight_of(viewer, "?camera=Gate")))
    assert "North gate" not in text(browser.get(GRANTS + "add/"))
    assert browser.get(f"{GRANTS}{hidden.pk}/").status_code == 404
    assert browser.post(f"{GRANTS}{hidden.pk}/withdraw/").status_code == 404


def test_who_may_not_see_people_sees_no_grants(page_of: Page, operator: User, viewer: User) -> None:
    for path in (GRANTS, GRANTS + "add/", sight_of(viewer)):
        assert page_of(operator).get(path).status_code == 403
