"""The pages about roles."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from accounts import membership, roles
from accounts.audit import SYSTEM
from accounts.models import Role, User

Page = Callable[[User], Client]
ROLES = "/administration/roles/"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_a_role_is_made_from_another_changed_and_removed(page_of: Page, admin: User, outsider: User) -> None:
    browser = page_of(admin)
    assert 'value="live:watch" checked' in text(browser.get(ROLES + "add/?like=viewer"))
    assert browser.get(ROLES + "add/?like=%00").status_code == 200
    facts = {"label": "Guard", "name": "guard", "scopes": ["cameras:read", "live:watch"]}
    assert "The role Guard was added" in text(browser.post(ROLES + "add/", facts, follow=True))

    role = Role.objects.get(name="guard")
    membership.give_role(outsider, role, actor=SYSTEM)
    changed = {"label": "Watch", "scopes": ["cameras:read"], "requires_second_factor": "on"}
    text(browser.post(f"{ROLES}{role.pk}/", changed, follow=True))
    role.refresh_from_db()
    assert (role.label, role.scopes, role.requires_second_factor) == ("Watch", ["cameras:read"], True)

    assert "Somebody has this role" in text(browser.post(f"{ROLES}{role.pk}/remove/"), 409)
    membership.give_role(outsider, Role.objects.get(name="viewer"), actor=SYSTEM)
    assert "is removed" in text(browser.post(f"{ROLES}{role.pk}/remove/", follow=True))


def test_a_built_in_role_takes_the_second_factor_only(page_of: Page, admin: User) -> None:
    role = Role.objects.get(name="viewer")
    before = role.scopes
    sent = {"label": "Boss", "scopes": ["admin:access"], "requires_second_factor": "on"}
    text(page_of(admin).post(f"{ROLES}{role.pk}/", sent, follow=True))
    role.refresh_from_db()
    assert (role.label, role.scopes, role.requires_second_factor) == ("Viewer", before, True)
    assert "comes with the product" in text(page_of(admin).post(f"{ROLES}{role.pk}/remove/"), 409)


def test_what_is_wrong_is_told(page_of: Page, admin: User) -> None:
    page = text(page_of(admin).post(ROLES + "add/", {"label": "G", "name": "viewer", "scopes": ["everything"]}), 422)
    assert "everything" in page
    page = text(page_of(admin).post(ROLES + "add/", {"label": "G", "name": "viewer"}), 422)
    assert 'id="id_name_error"' in page


def test_a_clerk_ticks_no_more_than_the_clerk_has(page_of: Page, make_user: Callable[..., User]) -> None:
    scopes = ["cameras:read", "members:read", "members:write"]
    roles.add_role(name="clerk", label="Clerk", scopes=scopes, actor=SYSTEM)
    browser = page_of(make_user("clerk"))
    facts = {"label": "Spy", "name": "spy", "scopes": ["audit:read"]}
    assert "beyond what you hold yourself: audit:read" in text(browser.post(ROLES + "add/", facts), 422)


def test_who_only_reads_changes_nothing(page_of: Page, make_user: Callable[..., User], operator: User) -> None:
    roles.add_role(name="reader", label="Reader", scopes=["members:read"], actor=SYSTEM)
    browser = page_of(make_user("reader"))
    role = Role.objects.get(name="reader")
    assert "Save" not in text(browser.get(f"{ROLES}{role.pk}/"))
    assert browser.post(f"{ROLES}{role.pk}/", {"label": "X"}).status_code == 403
    assert browser.get(ROLES + "add/").status_code == 403
    for path in (ROLES, f"{ROLES}{role.pk}/"):
        assert page_of(operator).get(path).status_code == 403
