"""So many requests a minute and not one more, however many processes let them in."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from accounts import api_tokens, rate_limits, token_buckets
from accounts.models import ApiToken, User
from accounts.rate_limits import Bucket, LimitsUnknown, Standing
from accounts.redis_breaker import Breaker
from accounts.scopes import Scope
from vms.settings.env import BASE_DIR

Limit = Callable[..., None]
SITES = "/api/v1/sites/"


@pytest.fixture
def limit(settings: Any) -> Iterator[Limit]:
    """Set limits that hold in this test: `limit(read=3)`; what was counted before, and is, is forgotten."""

    def forget() -> None:
        connection = redis.Redis.from_url(settings.REDIS_URL)
        for key in connection.scan_iter("vms:limit:*"):
            connection.delete(key)

    def limit(**limits: int) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {name.replace("_", "-"): many for name, many in limits.items()}

    forget()
    yield limit
    forget()


@pytest.fixture
def redis_away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where Redis should."""
    away = redis.Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.2)
    monkeypatch.setattr(token_buckets, "_redis", lambda: away)
    monkeypatch.setattr(token_buckets, "_script", lambda: away.register_script(token_buckets._TAKE))
    monkeypatch.setattr(token_buckets, "_breaker", Breaker(token_buckets.REST_SECONDS))


def bucket(per_minute: int, name: str = "") -> Bucket:
    return Bucket("person", f"test:{name or uuid4().hex}", per_minute)


def standing_of(*buckets: Bucket, window_seconds: float = 60) -> Standing:
    standing = rate_limits.take(buckets, window_seconds=window_seconds)
    assert standing is not None
    return standing


def test_a_quiet_caller_may_use_the_whole_limit_at_once() -> None:
    one = bucket(3)

    remaining = [standing_of(one).remaining for _ in range(3)]
    refused = standing_of(one)

    assert remaining == [2, 1, 0]
    assert refused.is_refused
    assert 0 < refused.wait_seconds <= 60
    assert refused.wait_seconds <= refused.full_in_seconds


def test_who_waits_as_told_is_let_in() -> None:
    one = bucket(2)
    for _ in range(2):
        standing_of(one, window_seconds=1)
    refused = standing_of(one, window_seconds=1)
    assert refused.is_refused

    time.sleep(refused.wait_seconds)

    assert not standing_of(one, window_seconds=1).is_refused


def test_in_no_minute_are_there_more_than_the_limit() -> None:
    """A window of two seconds stands for the minute: whoever asks all the time gets the limit in each, and no more."""
    one, window, let_in = bucket(20), 2.0, []
    ends = time.monotonic() + 3 * window
    while (before := time.monotonic()) < ends:
        if not standing_of(one, window_seconds=window).is_refused:
            let_in.append((before, time.monotonic()))
        time.sleep(0.002)

    # From before the first was asked to when the last was answered: Redis counted all of them in less than a window.
    fullest = max(
        sum(1 for asked, answered in let_in if asked >= first and answered < first + window) for first, _ in let_in
    )
    assert fullest <= 20
    assert len(let_in) > 2 * 20, "each window lets some in"


def test_a_request_that_one_limit_refuses_costs_nothing_of_the_others() -> None:
    narrow, wide = bucket(1), bucket(10)
    standing_of(narrow, wide)

    refused = [standing_of(narrow, wide) for _ in range(5)]

    assert {one.bucket for one in refused} == {narrow}
    assert standing_of(wide).remaining == 8


def test_the_limit_that_leaves_least_is_told() -> None:
    narrow, wide = bucket(2), bucket(10)

    assert standing_of(wide, narrow).bucket == narrow


def test_a_limit_that_was_lowered_holds_at_once() -> None:
    name = uuid4().hex
    for _ in range(5):
        standing_of(bucket(10, name))

    assert standing_of(bucket(3, name)).is_refused


def test_a_redis_that_has_lost_its_scripts_is_given_them_again(settings: Any) -> None:
    one = bucket(5)
    standing_of(one)
    redis.Redis.from_url(settings.REDIS_URL).script_flush()

    assert standing_of(one).remaining == 3


def test_many_processes_let_in_as_many_as_one() -> None:
    one = bucket(200)
    ask = (
        "import django, threading; django.setup()\n"
        "from accounts.rate_limits import Bucket, take\n"
        f"one, let_in = Bucket('person', {one.key!r}, 200), []\n"
        "def ask():\n"
        "    for _ in range(25):\n"
        "        let_in.append(not take([one]).is_refused)\n"
        "threads = [threading.Thread(target=ask) for _ in range(12)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "print(sum(let_in))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", ask], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]

    let_in = [int(process.communicate()[0]) for process in processes]

    assert sum(let_in) == 200


@pytest.mark.parametrize(("address", "key"), [("203.0.113.7", "203.0.113.7"), ("2001:db8::1:2:3:4", "2001:db8::/64")])
def test_who_has_a_whole_network_of_addresses_is_one_caller(limit: Limit, address: str, key: str) -> None:
    limit(address=5)

    (found,) = rate_limits.buckets_of(AnonymousUser(), address, "read")

    assert found == Bucket("address", f"address:{key}", 5)


def test_a_token_with_a_limit_of_its_own_is_measured_by_that(limit: Limit, viewer: User) -> None:
    limit(token=10, person=20, read=30, address=40)
    limits = [bucket.per_minute for bucket in rate_limits.buckets_of(viewer, "203.0.113.7", "read")]
    assert limits == [40, 20, 30]

    viewer.through = ApiToken(pk=1, owner=viewer, name="Robot")
    assert [one.per_minute for one in rate_limits.buckets_of(viewer, "203.0.113.7", "read")] == [40, 10, 20, 30]

    viewer.through.requests_per_minute = 5000
    assert [one.per_minute for one in rate_limits.buckets_of(viewer, "203.0.113.7", "read")] == [40, 5000]


def test_every_answer_of_the_api_tells_how_the_caller_stands(
    limit: Limit, api_of: Callable[..., APIClient], viewer: User
) -> None:
    limit(read=10)
    client = api_of(viewer)

    answers = [client.get(path) for path in (SITES, "/api/v1/nothing/", "/api/v1/cameras/aaaaaaaaaaaa/")]

    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["9", "8", "7"]
    assert {(answer["RateLimit-Limit"], answer["RateLimit-Policy"]) for answer in answers} == {("10", "10;w=60")}
    assert all(0 < int(answer["RateLimit-Reset"]) <= 60 for answer in answers)


def test_one_request_too_many_is_told_when_to_come_back(
    limit: Limit, api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    limit(read=2)
    client = api_of(viewer)
    for _ in range(2):
        client.get(SITES)

    answer = client.get(SITES)

    told = problem_of(answer, 429, "too-many-requests")
    assert "2 requests a minute" in told["detail"]
    assert 0 < int(answer["Retry-After"]) <= 60
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("2", "0")
    assert int(answer["RateLimit-Reset"]) >= int(answer["Retry-After"])


def test_people_do_not_use_up_each_others_limits(
    limit: Limit, api_of: Callable[..., APIClient], viewer: User, operator: User
) -> None:
    limit(read=1)
    assert api_of(viewer).get(SITES).status_code == 200

    assert api_of(operator).get(SITES).status_code == 200
    assert api_of(viewer).get(SITES).status_code == 429


def test_writes_have_a_limit_of_their_own(limit: Limit, api_of: Callable[..., APIClient], operator: User) -> None:
    limit(write=1, read=5)
    client = api_of(operator)

    codes = [client.post(SITES, {"name": name}).status_code for name in ("One", "Two")]

    assert codes == [201, 429]
    assert client.get(SITES).status_code == 200


def test_trying_without_a_right_is_limited_as_well(
    limit: Limit, api_of: Callable[..., APIClient], viewer: User
) -> None:
    limit(read=3, write=3)
    stranger, forbidden = APIClient(), api_of(viewer)

    assert [stranger.get(SITES).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert [forbidden.post(SITES, {"name": "x"}).status_code for _ in range(4)] == [403, 403, 403, 429]


def test_exports_have_a_limit_of_their_own(limit: Limit, api_of: Callable[..., APIClient], admin: User) -> None:
    limit(export=1, read=10)
    client = api_of(admin)

    codes = [client.get("/api/v1/audit/export/").status_code for _ in range(2)]

    assert codes == [200, 429]
    assert client.get("/api/v1/audit/").status_code == 200


@pytest.mark.django_db
def test_signing_in_is_limited_for_an_address(limit: Limit) -> None:
    limit(sign_in=2)
    form = {"username": "nobody@vms.example", "password": "wrong"}
    here, elsewhere = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")

    answers = [here.post("/sign-in/", form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert "2 requests a minute" in answers[2].content.decode()
    assert here.get("/sign-in/").status_code == 200
    assert elsewhere.post("/sign-in/", form).status_code == 422


@pytest.mark.django_db
def test_programs_and_people_who_sign_in_share_the_limit_of_their_address(limit: Limit) -> None:
    limit(sign_in=2)
    here = APIClient(REMOTE_ADDR="203.0.113.7")
    shown = {"email": "nobody@vms.example", "password": "wrong"}

    codes = [here.post("/api/v1/auth/token/", shown).status_code for _ in range(3)]

    assert codes == [401, 401, 429]
    assert here.post("/sign-in/", {"username": "x"}, format="multipart").status_code == 429


@pytest.mark.django_db
def test_a_token_is_limited_by_itself(limit: Limit, admin: User) -> None:
    limit(token=100)
    one, other = (
        api_tokens.issue(owner=admin, actor=admin, name=name, scopes=[Scope.CAMERAS_READ], requests_per_minute=2)
        for name in ("One", "Other")
    )
    client = APIClient()

    codes = [client.get(SITES, headers={"Authorization": f"Bearer {one.text}"}).status_code for _ in range(3)]

    assert codes == [200, 200, 429]
    assert client.get(SITES, headers={"Authorization": f"Bearer {other.text}"}).status_code == 200


def test_nobody_gives_their_own_token_more_than_is_usual(limit: Limit, viewer: User, admin: User) -> None:
    limit(token=100)
    facts = {"name": "Robot", "scopes": [Scope.CAMERAS_READ]}

    with pytest.raises(ValidationError, match="100 requests a minute at most"):
        api_tokens.issue(owner=viewer, actor=viewer, requests_per_minute=101, **facts)
    token = api_tokens.issue(owner=viewer, actor=viewer, requests_per_minute=100, **facts).token
    with pytest.raises(ValidationError):
        api_tokens.edit(token, actor=viewer, requests_per_minute=5000)
    assert (
        api_tokens.issue(owner=admin, actor=admin, requests_per_minute=5000, **facts).token.requests_per_minute == 5000
    )


def test_nothing_is_told_where_nothing_is_limited(api_of: Callable[..., APIClient], viewer: User) -> None:
    assert "RateLimit-Limit" not in api_of(viewer).get(SITES)


def test_requests_are_let_in_uncounted_while_redis_is_away(
    limit: Limit,
    redis_away: None,
    api_of: Callable[..., APIClient],
    viewer: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limit(read=1)

    with caplog.at_level(logging.WARNING, logger="accounts.token_buckets"):
        codes = [api_of(viewer).get(SITES).status_code for _ in range(5)]

    assert codes == [200] * 5
    assert [record.message for record in caplog.records if "let in uncounted" in record.message] == [
        record.message for record in caplog.records
    ]
    assert len(caplog.records) == 1


def test_nobody_is_let_in_uncounted_where_the_settings_say_so(
    limit: Limit,
    redis_away: None,
    settings: Any,
    api_of: Callable[..., APIClient],
    viewer: User,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    limit(read=1)
    settings.RATE_LIMITS_WITHOUT_REDIS = "refuse"

    answer = api_of(viewer).get(SITES)

    problem_of(answer, 503, "limits-unknown")
    assert answer["Retry-After"] == "1"
    with pytest.raises(LimitsUnknown):
        rate_limits.take([bucket(1)])


def test_the_log_says_once_that_redis_is_away_and_once_that_it_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = redis.Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.2).register_script(token_buckets._TAKE)
    monkeypatch.setattr(token_buckets, "_breaker", Breaker(rest_seconds=0))
    with caplog.at_level(logging.WARNING, logger="accounts.token_buckets"):
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(token_buckets, "_script", lambda: away)
            assert [rate_limits.take([bucket(9)]) for _ in range(2)] == [None, None]
        assert None not in [rate_limits.take([bucket(9)]) for _ in range(2)]

    assert ["is away" in record.message for record in caplog.records] == [True, False]


@pytest.mark.django_db
def test_health_says_that_nobody_counts(limit: Limit, redis_away: None) -> None:
    assert Client().get("/healthz").content == b"ok\n"
    limit(read=1)

    answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert b"rate limits" in answer.content
