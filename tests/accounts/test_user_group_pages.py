"""The pages about groups of people."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from accounts import roles, user_groups
from accounts.audit import SYSTEM
from accounts.models import User, UserGroup
from cameras import places
from cameras.models import Site

Page = Callable[[User], Client]
GROUPS = "/administration/groups-of-people/"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_a_group_is_made_filled_renamed_and_removed(page_of: Page, admin: User, outsider: User) -> None:
    browser = page_of(admin)
    assert "No groups of people yet" in text(browser.get(GROUPS))
    made = browser.post(GROUPS + "add/", {"name": "Guards"}, follow=True)
    assert "Nobody belongs to this group yet" in text(made)
    one = f"{GROUPS}{UserGroup.objects.get().pk}/"

    assert outsider.name in text(browser.post(one, {"email": "OUTSIDER@vms.example"}, follow=True))
    assert "Nobody has this e-mail address" in text(browser.post(one, {"email": "nobody@vms.example"}), 422)
    text(browser.post(f"{one}members/{outsider.pk}/remove/", follow=True))
    assert not UserGroup.objects.get().members.exists()

    text(browser.post(one + "edit/", {"name": "Night guards"}, follow=True))
    assert "Night guards" in text(browser.get(GROUPS))
    assert "Its people stay" in text(browser.get(one + "remove/"))
    text(browser.post(one + "remove/", follow=True))
    assert not UserGroup.objects.exists()


def test_two_groups_share_no_name(page_of: Page, admin: User) -> None:
    user_groups.add_user_group(name="Guards", actor=SYSTEM)
    assert 'id="id_name_error"' in text(page_of(admin).post(GROUPS + "add/", {"name": "Guards"}), 422)


def test_a_clerk_lets_nobody_into_a_group_that_sees_more(
    page_of: Page, make_user: Callable[..., User], site: Site
) -> None:
    scopes = ["cameras:read", "members:read", "members:write"]
    roles.add_role(name="clerk", label="Clerk", scopes=scopes, actor=SYSTEM)
    clerk = make_user("clerk")
    group = user_groups.add_user_group(name="Guards", actor=SYSTEM)
    places.grant_view(user_group=group, site=site, actor=SYSTEM)
    answer = page_of(clerk).post(f"{GROUPS}{group.pk}/", {"email": clerk.email})
    assert "beyond what you hold" in text(answer, 422)


def test_who_only_reads_changes_nothing(page_of: Page, make_user: Callable[..., User], operator: User) -> None:
    roles.add_role(name="reader", label="Reader", scopes=["members:read"], actor=SYSTEM)
    group = user_groups.add_user_group(name="Guards", actor=SYSTEM)
    reader = make_user("reader")
    browser = page_of(reader)
    assert "Add to the group" not in text(browser.get(f"{GROUPS}{group.pk}/"))
    assert browser.post(f"{GROUPS}{group.pk}/", {"email": reader.email}).status_code == 403
    for rest in ("edit/", "remove/"):
        assert browser.get(f"{GROUPS}{group.pk}/{rest}").status_code == 403
    for path in (GROUPS, f"{GROUPS}{group.pk}/"):
        assert page_of(operator).get(path).status_code == 403
