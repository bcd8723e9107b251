"""So many rows of everything that can be listed, in PostgreSQL, by few statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, Door, SignInMethod, SignInOutcome
from accounts.models import ApiCall, ApiToken, AuditEntry, Role, SignInAttempt, User
from bench.archive import copy_rows
from cameras import places
from cameras.models import Camera, CameraGroup, Site
from recordings.models import Recording
from streaming.choices import RefusalCause
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey

_DAYS = 30
_NODES, _SITES, _GROUPS, _PEOPLE, _TOKENS = 3, 50, 100, 1_000, 1_000
_SOME = 100_000
_ROUTES = ("/api/v1/cameras/", "/api/v1/coverage/", "/api/v1/playback-tokens/", "/api/v1/recordings/", "/api/v1/audit/")


def fill(*, cameras: int, entries: int, calls: int) -> None:
    """Write all of it. What is listed elsewhere gets a hundred thousand rows, what people keep gets a thousand."""
    steps: tuple[Callable[[], None], ...] = (
        _people,
        _places,
        lambda: _cameras(cameras),
        _of_cameras,
        lambda: _audit(entries),
        lambda: _calls(calls),
        _attempts,
    )
    for step in steps:
        step()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _people() -> None:
    role = Role.objects.get(name="viewer")
    template = User(role=role, name="Somebody", password=make_password(None), created_at=timezone.now())
    copy_rows(
        User,
        template,
        {"email": "'person-' || number || '@vms.example'", "": f"generate_series(1, {_PEOPLE}) AS number"},
    )
    owner = User.objects.latest("pk")
    token = ApiToken(owner=owner, name="Program", digest="0" * 64, scopes=["cameras:read"], created_at=timezone.now())
    copy_rows(ApiToken, token, {"key": "lpad(number::text, 12, 'k')", "": f"generate_series(1, {_TOKENS}) AS number"})


def _places() -> None:
    for number in range(_SITES):
        places.add_site(name=f"Site {number}", time_zone="Europe/Berlin", actor=SYSTEM)
    tops = [places.add_group(name=f"Region {number}", actor=SYSTEM) for number in range(10)]
    for number in range(_GROUPS - len(tops)):
        places.add_group(name=f"Group {number}", parent=tops[number % len(tops)], actor=SYSTEM)
    for number in range(_NODES):
        MediaNode.objects.create(
            name=f"bench-{number}", host="node", control_url="http://127.0.0.1:9", registered_at=timezone.now()
        )


def _cameras(count: int) -> None:
    site, group = _numbers(Site), _numbers(CameraGroup)
    template = Camera(
        site=Site(pk=1), vendor="Acme", model="X1", status_since=timezone.now(), created_at=timezone.now()
    )
    differing = {
        "public_id": "translate(substr(md5(number::text), 1, 12), '0189', 'wxyz')",
        "serial_number": "'SN-' || number",
        "name": "'Camera ' || number",
        "place": "'Gate ' || number % 97",
        "site_id": _one_of(site),
        "group_id": _one_of(group),
        "status": "CASE WHEN number % 5 = 0 THEN 'offline' ELSE 'online' END",
        "": f"generate_series(1, {count}) AS number",
    }
    copy_rows(Camera, template, differing)


def _of_cameras() -> None:
    """Keys, publishes, refusals, recordings."""
    cameras, now = _numbers(Camera), timezone.now()
    series = f"generate_series(1, {_SOME}) AS number"
    camera, node = Camera(pk=cameras[0]), MediaNode.objects.earliest("pk")
    at = "now() - number * interval '25 seconds'"
    copy_rows(
        StreamKey,
        StreamKey(camera=camera, hint="abcd", digest="0" * 64, created_at=now),
        {"camera_id": _one_of(cameras), "": f"generate_series(1, {len(cameras)}) AS number"},
    )
    copy_rows(
        PublishSession,
        PublishSession(
            camera=camera, node=node, nginx_pid=1, client_id=1, admitted_at=now, last_update_at=now, state="ended"
        ),
        {
            "id": "gen_random_uuid()",
            "camera_id": _one_of(cameras),
            "admitted_at": at,
            "ended_at": at,
            "client_id": "number",
            "": series,
        },
    )
    copy_rows(
        PublishAttempt,
        PublishAttempt(
            camera=camera, node=node, presented_name="x", cause=RefusalCause.WRONG_KEY, first_at=now, last_at=now
        ),
        {"camera_id": _one_of(cameras), "first_at": at, "last_at": at, "": series},
    )
    copy_rows(
        Recording,
        Recording(camera=camera, run_id=uuid4(), started_at=now),
        {
            "id": "gen_random_uuid()",
            "camera_id": _one_of(cameras),
            "started_at": at,
            "ended_at": f"{at} + interval '20 s'",
            "": series,
        },
    )


def _audit(count: int) -> None:
    """Entries of all verbs and doors, evenly over a month; none of them sealed yet."""
    people, cameras, tokens = _numbers(User), _numbers(Camera), _numbers(ApiToken)
    verbs, doors = [str(verb) for verb in AuditVerb], [str(door) for door in Door]
    camera = _one_of(cameras, "number * 7")
    differing = {
        "at": _spread(count),
        "actor_id": _one_of(people),
        "actor_label": "'person-' || number % 1000 || '@vms.example'",
        "verb": _one_of(verbs),
        "target_id": f"({camera})::text",
        "target_label": "'Camera ' || number % 10000",
        "data": "json_build_object('before', json_build_object('name', 'Gate ' || number % 5000),"
        " 'after', json_build_object('name', 'Gate ' || number))::jsonb",
        "door": _one_of(doors),
        "token_id": f"CASE WHEN number % 3 = 0 THEN {_one_of(tokens)} END",
        "address": "('198.51.' || number % 200 || '.' || number % 250)::inet",
        "request_id": "md5(number::text)",
        "": f"generate_series(1, {count}) AS number",
    }
    copy_rows(AuditEntry, AuditEntry(target_type="cameras.camera", at=timezone.now()), differing)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_unsealedentry (entry_id) SELECT id FROM accounts_auditentry e"
            " WHERE NOT EXISTS (SELECT 1 FROM accounts_auditseal s WHERE s.entry_id = e.id) ON CONFLICT DO NOTHING"
        )


def _calls(count: int) -> None:
    people, tokens = _numbers(User), _numbers(ApiToken)
    differing = {
        "at": _spread(count),
        "route": _one_of(list(_ROUTES)),
        "status": "CASE WHEN number % 50 = 0 THEN 404 WHEN number % 997 = 0 THEN 500 ELSE 200 END",
        "duration_us": "1000 + (number::bigint * 7919) % 200000",
        "response_bytes": "number % 20000",
        "user_id": _one_of(people),
        "token_id": _one_of(tokens),
        "address": "('198.51.' || number % 200 || '.' || number % 250)::inet",
        "request_id": "md5(number::text)",
        "": f"generate_series(1, {count}) AS number",
    }
    copy_rows(ApiCall, ApiCall(at=timezone.now(), method="GET", status=200, duration_us=0), differing)


def _attempts() -> None:
    template = SignInAttempt(at=timezone.now(), method=SignInMethod.PASSWORD, door=Door.PAGE)
    differing = {
        "at": _spread(_SOME),
        "email": "'person-' || number % 1000 || '@vms.example'",
        "user_id": _one_of(_numbers(User)),
        "outcome": f"CASE WHEN number % 20 = 0 THEN '{SignInOutcome.WRONG}' ELSE '{SignInOutcome.SIGNED_IN}' END",
        "address": "('198.51.' || number % 200 || '.' || number % 250)::inet",
        "": f"generate_series(1, {_SOME}) AS number",
    }
    copy_rows(SignInAttempt, template, differing)


def _numbers(model: type[Camera | CameraGroup | Site | User | ApiToken]) -> list[int]:
    return list(model._default_manager.order_by("pk").values_list("pk", flat=True))


def _one_of(values: list[int] | list[str], number: str = "number") -> str:
    """SQL that chooses one of the values by the series' number. Numbers of rows stand side by side, so that adding does."""
    if isinstance(values[0], int):
        return f"{values[0]} + ({number}) % {len(values)}"
    array = ", ".join(f"'{value}'" for value in values)
    return f"(ARRAY[{array}])[1 + ({number}) % {len(values)}]"


def _spread(count: int) -> str:
    step = timedelta(days=_DAYS) / count
    return f"now() - number * interval '{step.total_seconds():.6f} seconds'"
