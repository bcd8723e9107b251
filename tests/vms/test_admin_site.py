"""The admin site: a page for every model, on the audited base, safe with long tables, and no way past the verbs."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin
from django.db import connection
from django.db.models import ForeignKey, ManyToManyField, Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import api_tokens, membership, roles, user_groups
from accounts.audit import SYSTEM
from accounts.audited_admin import MOST_AT_ONCE, AuditedModelAdmin, ReadOnlyAdmin
from accounts.choices import AuditVerb, RuleAction
from accounts.models import (
    AccessRule,
    ApiCall,
    ApiToken,
    AuditEntry,
    AuditSeal,
    IdempotentAnswer,
    Identity,
    RefreshFamily,
    Role,
    SignInAttempt,
    UnsealedEntry,
    User,
)
from alerts.models import SecurityEvent, SecurityRule, TokenCountry, Webhook, WebhookDelivery
from cameras import enrolment, health, places
from cameras.models import Camera, CameraGroup, Grant, Site, TokenReach
from recordings.choices import GapCause, RecordingMode
from recordings.models import Interruption, Recording, RecordingLocation, RecordingPolicy, StorageTier
from streaming import stream_keys
from streaming.choices import RefusalCause, SessionState
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey
from tests.elevating import elevated

Page = Callable[[User], Client]
NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
OURS = {"accounts", "cameras", "streaming", "recordings", "alerts"}
_SECRET = re.compile(r"digest|secret|password|current|session_key|headers|body")


def every_page() -> list[tuple[type[Model], Any]]:
    return sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label)


def address_of(model: type[Model], rest: str = "") -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{rest}"


def by_label(model: type[Model]) -> str:
    return model._meta.label


@pytest.fixture
def add_one(make_camera: Callable[..., Camera], admin: User) -> Callable[[int], None]:
    """Add a row to every table that has a page."""

    def add(number: int) -> None:
        at = NOON + timedelta(minutes=number)
        role = roles.add_role(name=f"role-{number}", label=f"Role {number}", scopes=["cameras:read"], actor=SYSTEM)
        facts: dict[str, Any] = {"email": f"p{number}@vms.example", "name": f"P {number}", "password": None}
        person = membership.add_member(**facts, role=role, actor=SYSTEM)
        people = user_groups.add_user_group(name=f"People {number}", members=[person], actor=SYSTEM)
        group = places.add_group(name=f"Group {number}", parent=CameraGroup.objects.order_by("pk").last(), actor=SYSTEM)
        site = places.add_site(name=f"Site {number}", actor=SYSTEM)
        camera = make_camera(f"SN-{number}", site=site, group=group)
        for subject in ({"user": person}, {"role": role}, {"user_group": people}):
            places.grant_view(**subject, group=group, actor=SYSTEM)
        add_of_accounts(number, person, at)
        token = api_tokens.issue(owner=admin, name=f"T{number}", scopes=["cameras:read"], actor=admin).token
        TokenReach.objects.create(token=token, camera=camera)
        ApiCall.objects.create(at=at, method="GET", route="/", status=200, duration_us=1, user=person, token=token)
        add_of_video(number, camera, at)
        add_of_alerts(number, admin, token, at)

    return add


def add_of_alerts(number: int, person: User, token: ApiToken, at: datetime) -> None:
    hook = Webhook.objects.create(owner=person, name=f"Hook {number}", url="https://hooks.example.com/", secret="s")
    WebhookDelivery.objects.create(webhook=hook, event_id=uuid4(), type="webhook.test", body="{}", at=at)
    SecurityEvent.objects.create(rule="key_guessing", severity="low", at=at, subject=str(number), user=person)
    facts = {"severity": "low", "threshold": 1, "window_seconds": 60, "response": "end_sessions"}
    SecurityRule.objects.create(name=f"rule-{number}", **facts)
    TokenCountry.objects.create(token=token, country="DE", first_at=at, last_at=at)


def add_of_accounts(number: int, person: User, at: datetime) -> None:
    EmailAddress.objects.create(user=person, email=person.email)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "s"})
    UserSession.objects.create(user=person, ip="192.0.2.1", session_key=f"k{number}", user_agent="b")
    Identity.objects.create(user=person, issuer="https://id.example", subject=str(number))
    RefreshFamily.objects.create(user=person, current=uuid4(), expires_at=at)
    IdempotentAnswer.objects.create(user=person, key=str(number), fingerprint="f")
    AccessRule.objects.create(action=RuleAction.ALLOW, network=f"10.0.0.{number}/32")
    SignInAttempt.objects.create(email=person.email, user=person, method="password", outcome="wrong", door="page")
    entry = AuditEntry.objects.order_by("pk").last()
    AuditSeal.objects.get_or_create(number=10_000 + number, defaults={"entry": None, "digest": "d"})
    UnsealedEntry.objects.get_or_create(entry=entry)


def add_of_video(number: int, camera: Camera, at: datetime) -> None:
    node = MediaNode.objects.create(name=f"node-{number}", host="n", control_url="http://n", registered_at=at)
    stream_keys.rotate_key(camera, actor=SYSTEM)
    health.observe(camera, online=True, at=at)
    RecordingPolicy.objects.create(camera=camera, mode=RecordingMode.OFF)
    session = PublishSession.objects.create(
        camera=camera, node=node, nginx_pid=1, client_id=number, admitted_at=at, last_update_at=at
    )
    PublishAttempt.objects.create(camera=camera, node=node, cause=RefusalCause.WRONG_KEY, first_at=at, last_at=at)
    recording = Recording.objects.create(camera=camera, session=session, run_id=uuid4(), started_at=at)
    tier = StorageTier.objects.create(name=f"tier-{number}", node=node, root="/x")
    RecordingLocation.objects.create(recording=recording, tier=tier, path=f"{number}.mp4")
    Interruption.objects.create(camera=camera, at=at, cause=GapCause.NODE_LOST)


def test_every_model_of_the_house_has_a_page() -> None:
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]

    assert len(models) > 20
    assert [model._meta.label for model in models if model not in admin.site._registry] == []


def test_every_page_stands_on_the_audited_base() -> None:
    """Pages that packages bring write past the verbs, so the site does not take them."""
    assert [model._meta.label for model, page in every_page() if not isinstance(page, AuditedModelAdmin)] == []
    assert LogEntry in admin.site._registry
    assert not any(model._meta.label == "auth.Group" for model, _ in every_page())


def test_no_page_is_without_search() -> None:
    assert [model._meta.label for model, page in every_page() if not page.search_fields] == []


def test_no_page_filters_by_a_list_of_all_rows_of_another_table() -> None:
    few = {"accounts.Role"}

    def unbounded(model: type[Model], page: Any) -> Iterator[str]:
        for name in page.list_filter:
            field = model._meta.get_field(name if isinstance(name, str) else name[0])
            if isinstance(field, ForeignKey | ManyToManyField) and field.related_model._meta.label not in few:
                yield f"{model._meta.label}.{field.name}"

    assert [one for model, page in every_page() for one in unbounded(model, page)] == []


def test_no_form_chooses_from_a_list_of_all_rows(admin: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = admin
    unbounded = [
        f"{model._meta.label}.{name}"
        for model, page in every_page()
        if not isinstance(page, ReadOnlyAdmin)
        for name, field in page.get_form(request)().fields.items()
        if hasattr(field, "queryset")
        and not isinstance(field.widget.widget, AutocompleteMixin)
        and field.widget.widget.input_type != "text"
    ]

    assert unbounded == []


@pytest.mark.timeout(600)
def test_every_list_and_every_row_cost_the_same_whatever_the_number_of_rows(
    page_of: Page, admin: User, add_one: Callable[[int], None]
) -> None:
    browser = page_of(admin)

    def costs() -> dict[str, int]:
        counted = {}
        for model, _ in every_page():
            with CaptureQueriesContext(connection) as captured:
                answer = browser.get(address_of(model))
            assert answer.status_code == 200, model
            assert len(answer.context["cl"].result_list) > 0, model
            counted[model._meta.label] = len(captured)
        return counted

    for number in range(2):
        add_one(number)
    costs()
    few = costs()
    for number in range(2, 12):
        add_one(number)

    assert costs() == few
    assert max(few.values()) <= 15
    for model, _ in every_page():
        row = model._base_manager.order_by("pk").last()
        page = browser.get(address_of(model, f"{row.pk}/change/"))
        assert page.status_code == 200, model
        assert page.content.count(b"<option") < 60, model


@pytest.mark.django_db(transaction=True)  # what PostgreSQL refuses ends a transaction that tests would be in
@pytest.mark.parametrize(
    "query", ["q=x", "q=-1", "address=x", "email=%00", "at__year=99999999999999999999999", "id=%00"]
)
def test_a_filter_that_makes_no_sense_is_told_and_breaks_no_page(page_of: Page, admin: User, query: str) -> None:
    browser = page_of(admin)
    for model, _ in every_page():
        answer = browser.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/?{query}", follow=True)
        assert answer.status_code in (200, 400), model


def test_who_narrows_by_what_cannot_be_is_told(page_of: Page, admin: User) -> None:
    query = "at__year=99999999999999999999999"

    answer = page_of(admin).get(f"/admin/accounts/auditentry/?{query}", follow=True)

    assert "Rows cannot be narrowed by that value" in answer.content.decode()


def test_history_cannot_be_changed(page_of: Page, admin: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = admin
    history = (AuditEntry, AuditSeal, UnsealedEntry, ApiCall, SignInAttempt, LogEntry, Recording, Interruption)
    for model in history:
        page = admin_page(model)
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)
        assert "delete_selected" not in page.get_actions(request)


def test_no_page_shows_a_secret(admin: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = admin
    shown = [
        f"{model._meta.label}.{name}"
        for model, page in every_page()
        for name in [*page.get_fields(request), *page.get_list_display(request)]
        if isinstance(name, str) and _SECRET.search(name) and (model, name) not in _HARMLESS
    ]
    assert shown == []


_HARMLESS = {(AuditSeal, "digest"), (ApiCall, "body"), (ApiCall, "request_bytes")}


def admin_page(model: type[Model]) -> Any:
    return admin.site._registry[model]


@pytest.mark.parametrize("rest", ["", "add/"])
def test_the_admin_site_asks_for_the_scope_of_what_it_shows(
    page_of: Page, make_user: Callable[..., User], rest: str
) -> None:
    roles.add_role(name="dba", label="Dba", scopes=["admin:access", "members:read"], actor=SYSTEM)
    browser = page_of(make_user("dba"))

    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/accounts/user/").status_code == 200
    assert browser.get("/admin/accounts/user/add/").status_code == 403
    for model in (AuditEntry, ApiCall, AccessRule, Camera, Site, MediaNode, StreamKey, Recording):
        assert browser.get(address_of(model, rest)).status_code == 403, model


def test_who_may_open_the_admin_site_sees_there_no_more_cameras_than_elsewhere(
    page_of: Page, make_user: Callable[..., User], camera: Camera, other_camera: Camera, other_site: Site
) -> None:
    scopes = ["admin:access", "cameras:read", "recordings:read", "members:read"]
    roles.add_role(name="dba", label="Dba", scopes=scopes, actor=SYSTEM)
    dba = make_user("dba")
    places.grant_view(user=dba, site=other_site, actor=SYSTEM)
    for one in (camera, other_camera):
        health.observe(one, online=True)
        Interruption.objects.create(camera=one, at=NOON, cause=GapCause.NODE_LOST)
    browser = page_of(dba)

    for page in ("cameras/camera/", "cameras/statuschange/", "recordings/interruption/"):
        listed = browser.get(f"/admin/{page}").content.decode()
        assert "Pier" in listed, page
        assert "Gate" not in listed, page


def act(browser: Client, model: type[Model], action: str, *rows: Model) -> str:
    facts = {"action": action, "_selected_action": [row.pk for row in rows]}
    return browser.post(address_of(model), facts, follow=True).content.decode()


def test_people_are_disabled_and_enabled_by_actions(page_of: Page, admin: User, viewer: User, outsider: User) -> None:
    browser = page_of(admin)
    said = act(browser, User, "disable", viewer, outsider, admin)
    assert "last active administrator" in said
    assert "2 disabled." in said
    assert set(User.objects.filter(is_active=True)) == {admin}
    assert AuditEntry.objects.filter(verb=AuditVerb.MEMBER_DISABLED, actor=admin, door="admin").count() == 2

    assert "1 enabled." in act(browser, User, "enable", viewer)


def test_nothing_is_done_to_more_rows_at_once_than_a_request_can_bear(page_of: Page, admin: User) -> None:
    role = Role.objects.get(name="viewer")
    User.objects.bulk_create(User(email=f"p{n}@vms.example", name="P", role=role) for n in range(MOST_AT_ONCE + 1))
    facts = {"action": "disable", "_selected_action": [admin.pk], "select_across": "1", "index": "0"}
    said = page_of(admin).post("/admin/accounts/user/", facts, follow=True).content.decode()
    assert f"Choose at most {MOST_AT_ONCE} rows" in said
    assert not User.objects.filter(is_active=False).exists()


def test_keys_are_revoked_cameras_retired_and_tokens_ended_by_actions(
    page_of: Page, admin: User, camera: Camera, stream_key: Any
) -> None:
    browser = page_of(admin)
    assert "1 revoked." in act(browser, StreamKey, "revoke", StreamKey.objects.get())
    assert StreamKey.objects.get().revoked_at is not None

    token = api_tokens.issue(owner=admin, name="T", scopes=["cameras:read"], actor=admin).token
    assert "1 revoked." in act(browser, type(token), "revoke", token)
    family = RefreshFamily.objects.create(user=admin, current=uuid4(), expires_at=timezone.now() + timedelta(days=1))
    assert "1 signed out." in act(browser, RefreshFamily, "end", family)

    assert "1 retired." in act(browser, Camera, "retire", camera)
    assert "retired" in act(browser, Camera, "deactivate", camera)
    camera.refresh_from_db()
    assert camera.retired_at is not None


def test_a_publish_is_ended_by_an_action(
    page_of: Page, admin: User, camera: Camera, node: MediaNode, django_capture_on_commit_callbacks: Any
) -> None:
    session = PublishSession.objects.create(
        camera=camera, node=node, nginx_pid=1, client_id=7, admitted_at=NOON, last_update_at=NOON
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert "1 ended." in act(page_of(admin), PublishSession, "cut", session)
    session.refresh_from_db()
    assert (session.state, session.end_reason) == (SessionState.ENDED, "cut_off")
    assert AuditEntry.objects.get(verb=AuditVerb.PUBLISH_CUT_OFF).actor == admin


def test_a_place_in_use_is_not_deleted(page_of: Page, admin: User, camera: Camera, site: Site) -> None:
    browser = page_of(admin)
    page = browser.post(address_of(Site, f"{site.pk}/delete/"), {"post": "yes"}, follow=True)
    assert page.status_code == 200
    assert Site.objects.filter(pk=site.pk).exists()
    act(browser, Site, "delete_selected", site)
    assert Site.objects.filter(pk=site.pk).exists()


def test_a_clerk_of_the_admin_site_makes_no_administrator(
    page_of: Page, make_user: Callable[..., User], admin: User, outsider: User, site: Site
) -> None:
    scopes = ["admin:access", "members:read", "members:write"]
    roles.add_role(name="dba", label="Dba", scopes=scopes, actor=SYSTEM)
    dba = make_user("dba")
    browser = elevated(page_of(dba), dba)
    top = Role.objects.get(name="admin")

    def refused(path: str, facts: dict[str, Any]) -> None:
        page = browser.post(path, facts)
        assert page.status_code == 200, page.status_code
        assert "beyond what you hold" in page.content.decode()

    refused("/admin/accounts/user/add/", {"email": "n@vms.example", "name": "N", "role": top.pk})
    own = {"email": dba.email, "name": dba.name, "role": top.pk, "is_active": "on"}
    refused(f"/admin/accounts/user/{dba.pk}/change/", own)
    theirs = {"email": "mine@vms.example", "name": "A", "role": top.pk, "is_active": "on"}
    refused(f"/admin/accounts/user/{admin.pk}/change/", theirs)
    role = {"label": "Dba", "scopes": [*scopes, "audit:read"]}
    refused(f"/admin/accounts/role/{dba.role_id}/change/", role)
    refused("/admin/cameras/grant/add/", {"user": dba.pk, "site": site.pk, "sight": "live"})
    assert not Grant.objects.exists()
    assert User.objects.get(pk=dba.pk).role.name == "dba"
    assert browser.get(f"/admin/accounts/user/{admin.pk}/password/").status_code in (302, 404)


def test_the_administrators_role_cannot_be_emptied(page_of: Page, admin: User) -> None:
    role = Role.objects.get(name="admin")
    page_of(admin).post(f"/admin/accounts/role/{role.pk}/change/", {"label": "X", "scopes": []})
    role.refresh_from_db()
    assert "admin:access" in role.scopes
    page_of(admin).post(f"/admin/accounts/role/{role.pk}/delete/", {"post": "yes"})
    assert Role.objects.filter(name="admin").exists()


def test_a_group_is_moved_and_its_camera_deactivated_with_the_persons_name(
    page_of: Page, admin: User, group: CameraGroup, camera: Camera
) -> None:
    outer = places.add_group(name="Outer", actor=SYSTEM)
    page_of(admin).post(address_of(CameraGroup, f"{group.pk}/change/"), {"name": "Perimeter", "parent": outer.pk})
    assert set(group.ancestors.all()) == {group, outer}
    act(page_of(admin), Camera, "deactivate", camera)
    assert AuditEntry.objects.get(verb=AuditVerb.CAMERA_DEACTIVATED).actor == admin
    enrolment.reactivate_camera(camera, actor=SYSTEM)
