"""Pages of API tokens: what a person may tick, the text shown once, and who looks after whose."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import elevation, membership, refresh_families
from accounts.audit import SYSTEM
from accounts.models import ApiToken, RefreshFamily, Role, User
from accounts.scopes import Scope
from cameras.models import Camera, CameraGroup, Site
from cameras.token_reaches import Reach, reach_of
from tests.accounts.api.test_bearer import program, token_of

OWN, NEW, ALL, SERVICE = (
    "/account/tokens/",
    "/account/tokens/new/",
    "/administration/tokens/",
    "/administration/tokens/new/",
)
TEXT = re.compile(r'id="token-text" value="(vms_[^"]+)"')
Browse = Callable[[User], Client]


@pytest.fixture
def elevated(page_of: Browse) -> Browse:
    """A browser in which somebody has said what for."""

    def browser(user: User) -> Client:
        client = page_of(user)
        session = client.session
        elevation.begin(session, actor=user, reason="a new wall")
        session.save()
        return client

    return browser


@pytest.fixture
def robot(db: None) -> User:
    """A service account."""
    role = Role.objects.get(name="api_only")
    facts = {"email": "robot@vms.example", "name": "Robot", "password": None, "is_service": True}
    return membership.add_member(**facts, role=role, actor=SYSTEM)


def fill_in(client: Client, address: str = NEW, **facts: Any) -> Any:
    """Open the form, and send it with what it says and these facts."""
    form = client.get(address).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = {"name": "Wall", **{name: value for name, value in shown.items() if value not in (None, "")}, **facts}
    return client.post(address, sent)


def test_without_an_elevation_one_is_asked_for(viewer: User, page_of: Browse) -> None:
    token_of(viewer)
    pk = ApiToken.objects.get().pk

    for address in (NEW, f"{OWN}{pk}/rotate/"):
        assert page_of(viewer).get(address).headers["Location"].startswith("/elevate/")
        assert page_of(viewer).post(address, {"name": "Wall"}).status_code == 302
    assert ApiToken.objects.count() == 1


def test_a_token_is_issued_and_shown_once(viewer: User, elevated: Browse, camera: Camera) -> None:
    browser = elevated(viewer)
    answer = fill_in(browser)

    text = TEXT.search(answer.content.decode())
    assert text
    assert "no-store" in answer["Cache-Control"]
    assert program(text[1]).get("/api/v1/cameras/").json()["count"] == 1
    token = ApiToken.objects.get()
    assert (token.owner, token.scopes, token.restricted) == (viewer, ["cameras:read"], False)
    assert token.expires_at is not None
    assert timedelta(days=89) < token.expires_at - timezone.now() < timedelta(days=91)
    listed = browser.get(OWN).content.decode()
    assert f"vms_{token.key}" in listed
    assert text[1] not in listed


def test_a_page_that_is_sent_twice_issues_one_token(viewer: User, elevated: Browse) -> None:
    browser = elevated(viewer)
    sent = {"name": "Wall", "scopes": ["cameras:read"], "lasts": "30", "reach": "all", "after": ""}

    assert browser.post(NEW, sent).status_code == 200
    assert browser.post(NEW, sent).headers["Location"] == OWN
    assert ApiToken.objects.count() == 1


def test_only_scopes_of_ones_own_role_are_offered(viewer: User, elevated: Browse) -> None:
    page = elevated(viewer).get(NEW).content.decode()

    assert 'value="live:watch"' in page
    assert 'value="cameras:write"' not in page
    answer = fill_in(elevated(viewer), scopes=["cameras:write"])
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_restricted_to_sites_groups_and_cameras(
    operator: User, elevated: Browse, camera: Camera, other_camera: Camera, site: Site, group: CameraGroup
) -> None:
    named = f" {camera.serial_number}\n{other_camera.public_id}, "
    answer = fill_in(elevated(operator), reach="some", sites=[site.pk], groups=[group.pk], cameras=named)

    assert answer.status_code == 200
    token = ApiToken.objects.get()
    reach = reach_of(token)
    assert reach is not None
    assert (reach.sites, reach.groups) == ([site], [group])
    assert set(reach.cameras) == {camera, other_camera}


def test_a_reach_of_nothing_and_unknown_cameras_are_told(
    viewer: User, elevated: Browse, camera: Camera, other_camera: Camera
) -> None:
    browser = elevated(viewer)

    assert "Choose at least one site" in fill_in(browser, reach="some").content.decode()
    for hidden in (other_camera.serial_number, "SN-NONE"):
        answer = fill_in(browser, reach="some", cameras=hidden)
        assert answer.status_code == 422
        assert f"There is no camera {hidden}, or you may not see it." in answer.content.decode()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"networks": "everywhere"}, "is no address and no network"),
        ({"lasts": "date"}, "Choose the day."),
        ({"lasts": "date", "expires_at": "2001-01-01"}, "This is in the past."),
        ({"requests_per_minute": "0"}, "greater than or equal to 1"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_cannot_work_is_told_at_its_field(
    viewer: User, elevated: Browse, facts: dict[str, str], words: str
) -> None:
    answer = fill_in(elevated(viewer), **facts)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("facts", "ends"), [({"lasts": "ever"}, None), ({"lasts": "date", "expires_at": "2199-12-31"}, "2199-12-31 23:59")]
)
def test_a_token_ends_when_it_is_said_to(
    viewer: User, elevated: Browse, facts: dict[str, str], ends: str | None
) -> None:
    fill_in(elevated(viewer), **facts)

    end = ApiToken.objects.get().expires_at
    assert (f"{end:%Y-%m-%d %H:%M}" if end else None) == ends


def test_a_token_is_changed_and_keeps_the_rest(viewer: User, page_of: Browse, site: Site) -> None:
    in_a_day = timezone.now() + timedelta(days=1)
    token_of(viewer, expires_at=in_a_day, networks=["203.0.113.0/24"])
    token = ApiToken.objects.get()
    browser = page_of(viewer)

    assert fill_in(browser, f"{OWN}{token.pk}/", name="Hall", reach="some", sites=[site.pk]).headers["Location"] == OWN
    token.refresh_from_db()
    assert (token.name, token.expires_at, token.networks) == ("Hall", in_a_day, ["203.0.113.0/24"])
    assert reach_of(token) == Reach(sites=[site], groups=[], cameras=[])
    assert fill_in(browser, f"{OWN}{token.pk}/", lasts="ever", reach="all").status_code == 302
    token.refresh_from_db()
    assert (token.expires_at, token.restricted) == (None, False)


def test_a_token_is_rotated_and_its_new_text_shown_once(viewer: User, elevated: Browse) -> None:
    old = token_of(viewer)
    browser = elevated(viewer)
    address = f"{OWN}{ApiToken.objects.get().pk}/rotate/"
    shown = browser.get(address).context["form"]["after"].value() or ""

    text = TEXT.search(browser.post(address, {"overlap": "3600", "after": shown}).content.decode())
    assert text
    assert {program(one).get("/api/v1/cameras/").status_code for one in (old, text[1])} == {200}
    again = browser.post(address, {"overlap": "0", "after": shown})
    assert again.status_code == 422
    assert program(text[1]).get("/api/v1/cameras/").status_code == 200


def test_a_token_is_revoked_after_it_was_said_what_that_means(viewer: User, page_of: Browse) -> None:
    token_of(viewer)
    token = ApiToken.objects.get()
    browser = page_of(viewer)

    assert "cannot be undone" in browser.get(f"{OWN}{token.pk}/revoke/").content.decode()
    assert ApiToken.objects.get().revoked_at is None
    assert browser.post(f"{OWN}{token.pk}/revoke/").headers["Location"] == OWN
    assert ApiToken.objects.get().revoked_at is not None
    assert token.name not in browser.get(OWN).content.decode().replace("Wall is revoked", "")
    assert token.key in browser.get(OWN, {"state": "revoked"}).content.decode()


def test_people_see_their_own_and_administrators_all(
    viewer: User, outsider: User, admin: User, page_of: Browse, elevated: Browse
) -> None:
    token_of(viewer)
    token = ApiToken.objects.get()

    assert token.key not in page_of(outsider).get(OWN).content.decode()
    assert page_of(outsider).get(ALL).status_code == 403
    assert page_of(admin).get(OWN, {"q": token.key}).context["rows"] == []
    for page in ("", "revoke/"):
        assert page_of(outsider).get(f"{OWN}{token.pk}/{page}").status_code == 404
    listed = page_of(admin).get(ALL).content.decode()
    assert token.key in listed
    assert f"{OWN}{token.pk}/revoke/" in listed
    assert f"{OWN}{token.pk}/rotate/" not in listed
    assert elevated(admin).post(f"{OWN}{token.pk}/rotate/", {"overlap": "0", "after": ""}).status_code == 422
    assert page_of(admin).post(f"{OWN}{token.pk}/revoke/").headers["Location"] == ALL


def test_an_administrator_issues_for_a_service_account(
    admin: User, viewer: User, robot: User, elevated: Browse
) -> None:
    browser = elevated(admin)

    assert "robot@vms.example" in browser.get(SERVICE).content.decode()
    assert 'value="cameras:write"' not in browser.get(SERVICE, {"owner": robot.pk}).content.decode()
    assert browser.get(SERVICE, {"owner": viewer.pk}).status_code == 404
    assert browser.get(SERVICE, {"owner": "x"}).status_code == 404
    answer = fill_in(browser, f"{SERVICE}?owner={robot.pk}")
    assert TEXT.search(answer.content.decode())
    assert ApiToken.objects.get().owner == robot
    assert elevated(viewer).get(SERVICE).status_code == 403


def test_a_scope_that_the_role_lost_is_shown_as_lost(operator: User, page_of: Browse) -> None:
    token_of(operator, scopes=[Scope.CAMERAS_READ, Scope.CAMERAS_WRITE])
    membership.give_role(operator, Role.objects.get(name="viewer"), actor=SYSTEM)

    assert "1 of them lost with the role" in page_of(User.objects.get(pk=operator.pk)).get(OWN).content.decode()


def test_programs_that_signed_in_are_listed_with_the_sessions_and_signed_out(
    viewer: User, outsider: User, page_of: Browse
) -> None:
    refresh_families.begin(actor=viewer, address="203.0.113.7", user_agent="wall/1.0")
    family = RefreshFamily.objects.get()
    address = f"/account/sessions/programs/{family.pk}/end/"

    assert "wall/1.0" in page_of(viewer).get("/account/sessions/").content.decode()
    assert page_of(outsider).post(address).status_code == 404
    assert page_of(viewer).post(address).status_code == 302
    family.refresh_from_db()
    assert family.revocation_cause == "signed_out"
    assert "wall/1.0" not in page_of(viewer).get("/account/sessions/").content.decode()


def test_the_list_costs_the_same_for_many(admin: User, viewer: User, page_of: Browse, camera: Camera) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from cameras import token_reaches

    browser = page_of(admin)

    def queries_with(number: int) -> int:
        for one in range(number):
            facts: dict[str, Any] = {"name": f"T{one}", "scopes": ["cameras:read"], "reach": Reach(cameras=[camera])}
            token_reaches.issue(owner=viewer, actor=viewer, **facts)
        browser.get(ALL)
        with CaptureQueriesContext(connection) as asked:
            browser.get(ALL)
        return len(asked)

    assert queries_with(1) == queries_with(10)
