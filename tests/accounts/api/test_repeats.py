"""Idempotency-Key: a request that is sent again is answered again, and carried out once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import idempotent_answers
from accounts.idempotent_answers import Answer, Asked, StillRunning
from accounts.models import IdempotentAnswer, User
from accounts.tasks import forget_old_answers
from cameras.models import Camera, Site
from streaming.models import StreamKey

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}


@pytest.fixture
def client(api_of: Callable[..., APIClient], operator: User) -> APIClient:
    return api_of(operator)


@pytest.fixture
def facts(site: Site) -> dict[str, Any]:
    return {"serial_number": "SN-7", "name": "Door", "site": site.pk}


def test_a_repeated_request_gets_the_same_answer_and_makes_nothing_new(
    client: APIClient, facts: dict[str, Any]
) -> None:
    first = client.post("/api/v1/cameras/", facts, headers=KEY)
    again = client.post("/api/v1/cameras/", facts, headers=KEY)
    assert (again.status_code, again.json(), again["Location"]) == (201, first.json(), first["Location"])
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Camera.objects.count() == 1


def test_a_key_may_be_written_without_its_quotes(client: APIClient) -> None:
    client.post("/api/v1/sites/", {"name": "Depot"}, headers=KEY)
    bare = {"Idempotency-Key": KEY["Idempotency-Key"].strip('"')}
    assert client.post("/api/v1/sites/", {"name": "Depot"}, headers=bare)["Idempotency-Replayed"] == "true"


def test_a_key_belongs_to_one_request(client: APIClient, problem_of: Callable[..., dict[str, Any]]) -> None:
    client.post("/api/v1/sites/", {"name": "Depot"}, headers=KEY)
    problem_of(client.post("/api/v1/sites/", {"name": "Yard"}, headers=KEY), 422, "key-used-otherwise")
    problem_of(client.post("/api/v1/camera-groups/", {"name": "Depot"}, headers=KEY), 422, "key-used-otherwise")
    assert list(Site.objects.values_list("name", flat=True)) == ["Depot"]


def test_a_key_belongs_to_one_person(api_of: Callable[..., APIClient], operator: User, admin: User) -> None:
    api_of(operator).post("/api/v1/camera-groups/", {"name": "Roof"}, headers=KEY)
    answer = api_of(admin).post("/api/v1/camera-groups/", {"name": "Yard"}, headers=KEY)
    assert (answer.status_code, answer.json()["name"]) == (201, "Yard")


def test_a_refused_request_may_be_put_right_under_the_same_key(
    client: APIClient, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(client.post("/api/v1/sites/", {"name": ""}, headers=KEY), 400, "invalid")
    assert client.post("/api/v1/sites/", {"name": "Depot"}, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", '""', "with space", "ünïcödé", "x" * 256, '"open', "tab\tinside"])
def test_a_key_that_is_none_is_told(client: APIClient, problem_of: Callable[..., dict[str, Any]], key: str) -> None:
    told = problem_of(client.post("/api/v1/sites/", {"name": "A"}, headers={"Idempotency-Key": key}), 400, "invalid")
    assert told["errors"][0]["pointer"] == "/Idempotency-Key"
    assert not Site.objects.exists()


def test_a_secret_is_answered_again_but_kept_where_nobody_can_read_it(client: APIClient, camera: Camera) -> None:
    wish = {"camera": camera.public_id}
    first = client.post("/api/v1/stream-keys/", wish, headers=KEY)
    secret = first.json()["secret"]
    again = client.post("/api/v1/stream-keys/", wish, headers=KEY)
    assert (again.json()["secret"], again["Cache-Control"]) == (secret, "no-store")
    assert StreamKey.objects.count() == 1
    row = IdempotentAnswer.objects.get()
    kept = f"{row.key} {row.fingerprint} {row.body} {row.headers}"
    assert secret not in kept
    assert "8e03978e" not in kept


def test_an_answer_that_another_secret_key_sealed_is_lost(
    client: APIClient, settings: Any, problem_of: Callable[..., dict[str, Any]]
) -> None:
    operator_again = APIClient()
    client.post("/api/v1/sites/", {"name": "Depot"}, headers=KEY)
    user = User.objects.get(role__name="operator")
    settings.SECRET_KEY = "another secret key that is as long as the other one was 0123456789"
    operator_again.force_login(user)
    problem_of(operator_again.post("/api/v1/sites/", {"name": "Depot"}, headers=KEY), 409, "answer-is-lost")
    assert Site.objects.count() == 1


def test_tokens_of_players_are_new_each_time(client: APIClient, camera: Camera) -> None:
    wish = {"camera": camera.public_id, "kind": "live"}
    answers = [client.post("/api/v1/playback-tokens/", wish, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert not IdempotentAnswer.objects.exists()


def test_answers_are_kept_for_a_day(client: APIClient) -> None:
    client.post("/api/v1/sites/", {"name": "Depot"}, headers=KEY)
    forget_old_answers()
    assert IdempotentAnswer.objects.count() == 1
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    forget_old_answers()
    assert not IdempotentAnswer.objects.exists()


def test_a_request_whose_process_died_is_carried_out_by_the_next_try(operator: User) -> None:
    asked = Asked(operator, "key", "fingerprint")
    IdempotentAnswer.objects.create(user=operator, key=asked.digest, fingerprint="fingerprint")
    answer = idempotent_answers.answer_once(asked, lambda: Answer(201, {"made": True}, {}))
    assert (answer.status, answer.again) == (201, False)


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_running_the_second_is_told_so(operator: User) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one write at a time, so the second waits for the first and gets its answer")
    asked = Asked(operator, "key", "fingerprint")
    running, told = threading.Event(), threading.Event()

    def slow() -> Answer:
        running.set()
        assert told.wait(20)
        return Answer(201, {}, {})

    def first() -> None:
        idempotent_answers.answer_once(asked, slow)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert running.wait(20)
    with pytest.raises(StillRunning):
        idempotent_answers.answer_once(asked, slow)
    told.set()
    thread.join()
    assert idempotent_answers.answer_once(asked, slow).again
