"""Role × endpoint × own or other camera: the whole API, walked from its URL map.

`expected_locks.json` says for each endpoint which scope each method asks for, and whose rows it is about: those of a
`camera`, a `token`, the `caller`, or `anybody` (the scope is all that is asked for). It is written by hand, so that a lock
that gets weaker, and an endpoint that nobody thought about, both fail here.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import URLResolver, reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import access_rules, api_tokens, elevation, membership, roles, sealing, user_groups
from accounts.audit import SYSTEM
from accounts.choices import RuleAction
from accounts.models import AuditEntry, RefreshFamily, Role, User
from alerts import delivering
from alerts.choices import RuleName
from alerts.models import SecurityEvent, Webhook
from alerts.webhook_signature import new_secret
from cameras import places
from cameras.choices import Sight
from cameras.models import Camera, Site
from recordings.models import Recording
from streaming import stream_keys
from streaming.models import MediaNode, PublishSession, StreamKey
from vms.api import v1

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
RANGE = {"start": "2024-01-31T11:00:00Z", "end": "2024-01-31T13:00:00Z"}
LOCKS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "expected_locks.json").read_text())
CAST = ("admin", "operator", "viewer", "outsider", "clerk", "program")
SEES_OWN = {"admin", "operator", "viewer", "clerk", "program"}
SEES_OTHER = {"admin", "operator"}
_ABOUT_THE_API = {"schema", "docs", "reference"}  # pages that say the same to everybody who is signed in
_CLERK = ["cameras:read", "live:watch", "members:read", "members:write"]


def endpoints() -> Iterator[tuple[str, Any]]:
    """Name and view of everything in the API that answers under a name."""

    def walk(patterns: list[Any]) -> Iterator[Any]:
        for pattern in patterns:
            yield from walk(pattern.url_patterns) if isinstance(pattern, URLResolver) else [pattern]

    return ((pattern.name, pattern.callback) for pattern in walk(v1.urlpatterns) if pattern.name)


def methods_of(view: Any) -> set[str]:
    allowed = set(view.cls.http_method_names) - {"head", "options"}
    actions = getattr(view, "actions", None)
    if actions:
        return {method.upper() for method in actions if method in allowed}
    return {method.upper() for method in allowed if hasattr(view.cls, method)}


def cases() -> Iterator[tuple[str, str]]:
    return ((name, method) for name, entry in sorted(LOCKS.items()) for method in sorted(entry["methods"]))


@dataclass
class Things:
    """Rows about one camera, and what belongs to nobody; by the names that addresses use."""

    camera: Camera
    kwargs: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Stage:
    """Who is there, what is there, and who sees it."""

    people: dict[str, User]
    own: Things
    other: Things
    kwargs_of_caller: dict[str, dict[str, dict[str, Any]]]


def things_about(camera: Camera, node: MediaNode, viewer: User) -> Things:
    stream_keys.rotate_key(camera, actor=SYSTEM)
    session = PublishSession.objects.create(
        camera=camera, node=node, nginx_pid=1, client_id=camera.pk, admitted_at=NOON, last_update_at=NOON
    )
    recording = Recording.objects.create(camera=camera, session=session, run_id=uuid4(), started_at=NOON)
    grant = camera.site.grants.first() or places.grant_view(role=viewer.role, site=camera.site, actor=SYSTEM)
    by_name = {"public_id": camera.public_id}
    return Things(
        camera,
        {
            **dict.fromkeys(_BY_PUBLIC_ID, by_name),
            "stream-key-detail": {"pk": StreamKey.objects.get(camera=camera).pk},
            "publish-session-detail": {"pk": session.pk},
            "recording-detail": {"pk": recording.pk},
            "site-detail": {"pk": camera.site_id},
            "camera-group-detail": {"pk": camera.group_id},
            "grant-detail": {"pk": grant.pk},
        },
    )


_BY_PUBLIC_ID = (
    *("camera-detail", "camera-deactivation", "camera-reactivation", "camera-status-changes"),
    *("recording-policy-detail", "stream-health-detail"),
)
_BODIES: Mapping[str, Callable[[Camera], dict[str, Any]]] = {
    "stream-key-list": lambda camera: {"camera": camera.public_id},
    "publish-url-list": lambda camera: {"camera": camera.public_id},
    "playback-token-list": lambda camera: {"camera": camera.public_id, "kind": "live"},
}
_QUERIES: Mapping[str, Callable[[Camera], dict[str, Any]]] = {
    "coverage": lambda camera: {"camera": camera.public_id, **RANGE},
    "coverages": lambda camera: {"camera": camera.public_id, **RANGE},
}


@pytest.fixture
def stage(
    make_user: Callable[..., User],
    make_camera: Callable[..., Camera],
    site: Site,
    other_site: Site,
    node: MediaNode,
) -> Stage:
    roles.add_role(name="clerk", label="Clerk", scopes=_CLERK, actor=SYSTEM)
    people = {role: make_user(role) for role in ("admin", "operator", "viewer", "clerk")}
    people["outsider"] = make_user("viewer", "outsider@vms.example")
    facts: dict[str, Any] = {"email": "program@vms.example", "name": "Program", "password": None, "is_service": True}
    people["program"] = membership.add_member(**facts, role=Role.objects.get(name="api_only"), actor=SYSTEM)
    here = places.add_group(name="Here", actor=SYSTEM)
    there = places.add_group(name="There", actor=SYSTEM)
    for name in ("clerk", "viewer", "program"):
        sight = Sight.LIVE if name == "clerk" else Sight.LIVE_AND_RECORDED
        places.grant_view(user=people[name], site=site, sight=sight, actor=SYSTEM)
        places.grant_view(user=people[name], group=here, sight=sight, actor=SYSTEM)
    places.grant_view(user=people["operator"], site=other_site, actor=SYSTEM)
    own = things_about(make_camera("SN-1", name="Gate", group=here), node, people["viewer"])
    other = things_about(make_camera("SN-9", name="Pier", site=other_site, group=there), node, people["viewer"])
    for things in (own, other):
        things.kwargs |= of_everybody(people, node, things.camera)
    return Stage(people, own, other, {name: of_caller(person) for name, person in people.items()})


def of_everybody(people: dict[str, User], node: MediaNode, camera: Camera) -> dict[str, dict[str, Any]]:
    """Rows whose existence is no secret to whoever holds the scope."""
    clerk = Role.objects.get(name="clerk")
    facts: dict[str, Any] = {"email": f"about-{camera.pk}@vms.example", "name": "Somebody", "password": None}
    somebody = membership.add_member(**facts, role=clerk, actor=SYSTEM)
    group = user_groups.add_user_group(name=f"People {camera.pk}", members=[somebody], actor=SYSTEM)
    rule = access_rules.add_rule(action=RuleAction.ALLOW, network=f"10.0.{camera.pk % 256}.0/24", actor=SYSTEM)
    spare = roles.add_role(name=f"spare-{camera.pk}", label="Spare", scopes=["cameras:read"], actor=SYSTEM)
    facts = {"rule": RuleName.KEY_GUESSING, "severity": "low", "at": NOON, "subject": f"camera {camera.pk}"}
    broken = {"pk": SecurityEvent.objects.create(**facts).pk}
    person, members = {"pk": somebody.pk}, {"group_id": group.pk}
    return {
        **dict.fromkeys(("user-detail", "user-disable", "user-enable"), person),
        **{key: {"user_id": somebody.pk} for key in ("access", "access-sites", "access-camera-groups")},
        "access-camera": {"user_id": somebody.pk, "public_id": camera.public_id},
        "role-detail": {"name": spare.name},
        "user-group-detail": {"pk": group.pk},
        "user-group-members": members,
        "user-group-member": {**members, **person},
        "audit-entry-detail": {"pk": AuditEntry.objects.order_by("pk").last().pk},
        "access-rule-detail": {"pk": rule.pk},
        **dict.fromkeys(("security-event-detail", "security-event-acknowledge", "security-event-undo"), broken),
        "security-rule-detail": {"name": RuleName.KEY_GUESSING.value},
        "node-detail": {"name": node.name},
    }


def of_caller(person: User) -> dict[str, dict[str, Any]]:
    """Rows that are one's own."""
    token = api_tokens.issue(owner=person, name="Own", scopes=["cameras:read"], actor=SYSTEM).token
    family = RefreshFamily.objects.create(user=person, current=uuid4(), expires_at=timezone.now() + timedelta(days=1))
    hook = Webhook.objects.create(owner=person, name="Own", url="https://x.example/", secret=sealing.seal(new_secret()))
    of_hook = ("webhook-detail", "webhook-test", "webhook-rotate-secret", "webhook-secret")
    delivery = delivering.send_test(hook, actor=SYSTEM)
    return {
        **{key: {"pk": hook.pk} for key in of_hook},
        **{key: {"pk": delivery.pk} for key in ("webhook-delivery-detail", "webhook-delivery-redeliver")},
        **{key: {"pk": token.pk} for key in ("token-detail", "token-rotation")},
        "program-session-detail": {"pk": str(family.pk)},
    }


def client_of(stage: Stage, who: str) -> APIClient:
    client = APIClient()
    if who == "program":
        person = stage.people[who]
        issued = api_tokens.issue(owner=person, name="T", scopes=person.role.scopes, actor=SYSTEM)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.text}")
    else:
        client.force_login(stage.people[who])
        session = client.session
        elevation.begin(session, actor=stage.people[who], reason="to see what is open then")
        session.save()
    return client


def ask(client: APIClient, name: str, method: str, kwargs: dict[str, Any], camera: Camera) -> Any:
    """The answer to a request, of which nothing stays."""
    address = reverse(f"v1:{name}", kwargs=kwargs)
    query = _QUERIES.get(name, lambda _: {})(camera)
    body = _BODIES.get(name, lambda _: {})(camera)
    with transaction.atomic():
        answer = client.get(address, query) if method == "GET" else getattr(client, method.lower())(address, body)
        transaction.set_rollback(True)
    return answer


def may(person: User, lock: str) -> bool:
    return lock in ("open", "signed-in") or person.has_scope(lock)


def test_every_endpoint_and_method_has_an_expectation() -> None:
    there = {name: methods_of(view) for name, view in endpoints() if name not in _ABOUT_THE_API}

    assert {name: set(entry["methods"]) for name, entry in LOCKS.items()} == there


@pytest.mark.timeout(900)
def test_each_role_may_do_what_is_expected_to_own_and_other_cameras_and_nothing_else(stage: Stage) -> None:
    clients = {who: client_of(stage, who) for who in CAST}
    wrong = []
    for name, method in cases():
        for who in CAST:
            for whose, things in (("own", stage.own), ("other", stage.other)):
                said = expected(stage, who, name, method, whose)
                kwargs = kwargs_for(stage, who, name, whose, things)
                status = ask(clients[who], name, method, kwargs, things.camera).status_code
                if not fits(status, said):
                    wrong.append(f"{who} {method} {name} ({whose}): {status} instead of {said}")

    assert not wrong, "\n".join(wrong)


def kwargs_for(stage: Stage, who: str, name: str, whose: str, things: Things) -> dict[str, Any]:
    mine = stage.kwargs_of_caller[who].get(name)
    theirs = stage.kwargs_of_caller["viewer" if who != "viewer" else "operator"].get(name)
    if mine is not None and theirs is not None:
        return mine if whose == "own" else theirs
    return things.kwargs.get(name, {})


def expected(stage: Stage, who: str, name: str, method: str, whose: str) -> str:
    """The status, or "done". The locks come first; then rows that the caller does not know of do not exist."""
    entry, person = LOCKS[name], stage.people[who]
    if not may(person, entry["methods"][method]) or (who == "program" and entry.get("not_by_token")):
        return "403"
    if entry["about"] == "camera":
        return "done" if who in (SEES_OWN if whose == "own" else SEES_OTHER) else "404"
    if entry["about"] == "token" and whose == "other" and person.has_scope("tokens:all"):
        return "403" if method in entry.get("owner_only", ()) else "done"
    return "done" if whose == "own" or entry["about"] == "anybody" else "404"


def fits(status: int, said: str) -> bool:
    return status not in (401, 403, 404, 405, 429) and status < 500 if said == "done" else str(status) == said


@pytest.mark.timeout(900)
def test_strangers_and_disabled_people_do_nothing(stage: Stage) -> None:
    disabled, stranger = client_of(stage, "operator"), APIClient()
    membership.disable_member(stage.people["operator"], actor=SYSTEM)
    through = []
    for name, method in cases():
        if LOCKS[name]["methods"][method] == "open":
            continue
        kwargs = kwargs_for(stage, "viewer", name, "own", stage.own)
        for client in (stranger, disabled):
            status = ask(client, name, method, kwargs, stage.own.camera).status_code
            if status not in (401, 403):
                through.append((name, method, status))

    assert not through, through


@pytest.mark.timeout(900)
def test_no_list_tells_of_a_camera_that_the_caller_does_not_see(stage: Stage) -> None:
    told = []
    for who in ("viewer", "outsider", "clerk", "program"):
        client = client_of(stage, who)
        hidden = [stage.other, *([stage.own] if who == "outsider" else [])]
        for name in sorted(LOCKS):
            lock = LOCKS[name]["methods"].get("GET")
            if lock is None or kwargs_for(stage, who, name, "own", stage.own) or not may(stage.people[who], lock):
                continue
            answer = ask(client, name, "GET", {}, stage.own.camera)
            words = [
                word
                for things in hidden
                for word in (things.camera.public_id, things.camera.name, str(things.camera.site))
            ]
            told += [(who, name, word) for word in words if word in answer.content.decode()]

    assert not told, told
