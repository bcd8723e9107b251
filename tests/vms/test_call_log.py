"""Every request to the API leaves a line, whatever came of it, and no secret is in it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import api_calls, api_tokens
from accounts.models import ApiCall, User
from cameras.models import Camera
from tests.conftest import PASSWORD
from tests.e2e.waiting import eventually

Kept = Callable[[], list[ApiCall]]


@pytest.fixture
def kept(db: None) -> Iterator[Kept]:
    """The calls of this test, the first first."""
    forget_calls()

    def calls() -> list[ApiCall]:
        api_calls.bring_away()
        api_calls.drain()
        return list(ApiCall.objects.order_by("pk"))

    yield calls
    forget_calls()


def forget_calls() -> None:
    api_calls.bring_away()
    api_calls._connection.delete(api_calls._LIST)


def test_a_call_is_kept_with_its_route_person_and_size(
    kept: Kept, api_of: Callable[[User], APIClient], operator: User, camera: Camera
) -> None:
    before = timezone.now()
    answer = api_of(operator).get(
        f"/api/v1/cameras/{camera.public_id}/?a=b", headers={"X-Request-ID": "visit-0001"}, REMOTE_ADDR="198.51.100.7"
    )

    [call] = kept()
    assert (call.method, call.route, call.status) == ("GET", "/api/v1/cameras/{public_id}/", 200)
    assert (call.user, call.token, call.address, call.request_id) == (operator, None, "198.51.100.7", "visit-0001")
    assert (call.request_bytes, call.response_bytes, call.query) == (0, len(answer.content), "a=b")
    assert before <= call.at <= before + timedelta(seconds=30)
    assert 0 < call.duration_us < 30_000_000


def test_a_call_by_a_token_names_the_token(kept: Kept, operator: User) -> None:
    issued = api_tokens.issue(owner=operator, name="Wall", scopes=["cameras:read"], actor=operator)
    APIClient().get("/api/v1/cameras/", headers={"Authorization": f"Bearer {issued.text}"})

    [call] = kept()
    assert (call.status, call.user, call.token) == (200, operator, issued.token)


def test_refusals_and_what_is_nowhere_are_kept(
    kept: Kept, api_of: Callable[[User], APIClient], viewer: User, outsider: User, camera: Camera
) -> None:
    APIClient().get("/api/v1/cameras/")
    APIClient().get("/api/v1/cameras/", headers={"Authorization": "Bearer vms_nothing"})
    api_of(viewer).post("/api/v1/cameras/", {})
    api_of(outsider).get(f"/api/v1/cameras/{camera.public_id}/")
    api_of(viewer).get("/api/v1/nowhere/")
    api_of(viewer).put("/api/v1/cameras/", {})

    assert [(call.route, call.status, call.user) for call in kept()] == [
        ("/api/v1/cameras/", 401, None),
        ("/api/v1/cameras/", 401, None),
        ("/api/v1/cameras/", 403, viewer),
        ("/api/v1/cameras/{public_id}/", 404, outsider),
        ("", 404, viewer),
        ("/api/v1/cameras/", 405, viewer),
    ]


def test_a_failing_server_is_kept(
    kept: Kept, api_of: Callable[[User], APIClient], operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("cameras.api.views.CameraViewSet.get_queryset", fail)
    client = api_of(operator)
    client.raise_request_exception = False

    assert client.get("/api/v1/cameras/").status_code == 500
    assert [(call.route, call.status) for call in kept()] == [("/api/v1/cameras/", 500)]


def test_pages_are_no_calls(kept: Kept, page_of: Callable[[User], Client], operator: User) -> None:
    page_of(operator).get("/cameras/")

    assert kept() == []


def test_a_call_refused_by_a_missing_csrf_token_is_kept(kept: Kept, operator: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    client.post("/api/v1/sites/", {"name": "X"})

    assert [(call.route, call.status) for call in kept()] == [("/api/v1/sites/", 403)]


def test_bodies_are_not_kept_unless_that_is_wanted(
    kept: Kept, api_of: Callable[[User], APIClient], operator: User
) -> None:
    api_of(operator).post("/api/v1/sites/", {"name": "Depot"})

    [call] = kept()
    assert call.body == ""
    assert call.request_bytes == len('{"name":"Depot"}')


def test_bodies_are_kept_without_secrets_and_cut(
    kept: Kept, api_of: Callable[[User], APIClient], operator: User, settings: Any
) -> None:
    settings.API_LOG_BODIES = True
    client = api_of(operator)
    answer = client.post(
        "/api/v1/sites/", {"name": "Depot", "password": PASSWORD, "deep": [{"refresh_token": PASSWORD}]}
    )
    client.post("/api/v1/sites/", {"name": "x" * 9_000})
    client.post("/api/v1/sites/", {"name": "x" * 90_000})
    client.generic("POST", "/api/v1/sites/", b"{not json", content_type="application/json")

    assert answer.status_code in (201, 400)
    bodies = [call.body for call in kept()]
    assert '"name": "Depot"' in bodies[0]
    assert PASSWORD not in bodies[0]
    assert [len(body) for body in bodies[1:]] == [4_000, 0, 0]


def test_the_query_is_kept_without_secrets(kept: Kept, api_of: Callable[[User], APIClient], operator: User) -> None:
    api_of(operator).get(f"/api/v1/cameras/?q=gate&password={PASSWORD}&access_token=abc&KEY=xyz")

    [call] = kept()
    assert call.query == "q=gate&password=***&access_token=***&KEY=***"


def test_a_call_of_somebody_who_is_gone_is_kept_without_them(
    kept: Kept, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Databases tell only at the end of the transaction, which in this test never comes; so it is told by hand."""
    write, refusals = api_calls._write, [True]

    def refuse_once(calls: list[ApiCall]) -> None:
        from django.db import IntegrityError

        if refusals:
            refusals.clear()
            raise IntegrityError
        write(calls)

    facts = {
        "method": "GET",
        "status": 200,
        "duration_us": 1,
        "request_bytes": 0,
        "response_bytes": 0,
        "token_id": None,
    }
    facts |= {"at": timezone.now(), "address": None, "request_id": "", "query": "", "body": ""}
    api_calls.note(api_calls.Call(route="/gone/", user_id=999_999, **facts))
    api_calls.note(api_calls.Call(route="/here/", user_id=operator.pk, **facts))
    monkeypatch.setattr(api_calls, "_write", refuse_once)

    assert [(call.route, call.user) for call in kept()] == [("/gone/", None), ("/here/", operator)]


def test_what_the_database_refuses_waits_in_its_order(
    kept: Kept, api_of: Callable[[User], APIClient], operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api_of(operator)
    for path in ("cameras", "sites", "nodes"):
        client.get(f"/api/v1/{path}/")
    with monkeypatch.context() as broken:

        def refuse(calls: list[ApiCall]) -> None:
            raise ConnectionError("the database is away")

        broken.setattr(api_calls, "_write", refuse)
        with pytest.raises(ConnectionError):
            kept()

    assert [call.route for call in kept()] == [f"/api/v1/{path}/" for path in ("cameras", "sites", "nodes")]


def test_without_redis_requests_are_answered_and_one_warning_is_written(
    kept: Kept,
    api_of: Callable[[User], APIClient],
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    import redis

    with monkeypatch.context() as away:
        away.setattr(api_calls, "_connection", redis.Redis(port=9, socket_connect_timeout=1))
        for _ in range(3):
            assert api_of(operator).get("/api/v1/cameras/").status_code == 200
            api_calls.bring_away()

    assert caplog.text.count("not logged while Redis is away") == 1
    api_of(operator).get("/api/v1/sites/")
    assert [call.route for call in kept()] == ["/api/v1/sites/"]


def test_a_list_that_nobody_empties_keeps_the_newest(
    kept: Kept, api_of: Callable[[User], APIClient], operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_calls, "_MOST_IN_REDIS", 2)
    client = api_of(operator)
    for path in ("cameras", "sites", "nodes"):
        client.get(f"/api/v1/{path}/")

    assert [call.route for call in kept()] == ["/api/v1/sites/", "/api/v1/nodes/"]


def test_lines_come_to_redis_by_themselves(kept: Kept, api_of: Callable[[User], APIClient], operator: User) -> None:
    api_of(operator).get("/api/v1/cameras/")

    assert eventually(lambda: api_calls._connection.llen(api_calls._LIST)) == 1
