"""ETag, If-Match, If-None-Match: nobody overwrites what they have not read, and nothing is sent twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import health, places
from cameras.models import Camera, CameraGroup, Site
from recordings import policies
from recordings.choices import RecordingMode
from streaming.models import MediaNode
from streaming.stream_keys import IssuedKey

OTHER = '"0123456789abcdef0123456789abcdef"'


def url_of(camera: Camera) -> str:
    return f"/api/v1/cameras/{camera.public_id}/"


@pytest.fixture
def client(api_of: Callable[..., APIClient], operator: User) -> APIClient:
    return api_of(operator)


@pytest.fixture
def addresses(camera: Camera, site: Site, group: CameraGroup, stream_key: IssuedKey, node: MediaNode) -> list[str]:
    """Single resources of every kind."""
    return [
        f"cameras/{camera.public_id}",
        f"sites/{site.pk}",
        f"camera-groups/{group.pk}",
        f"stream-keys/{stream_key.key.pk}",
        f"nodes/{node.name}",
        f"recording-policies/{camera.public_id}",
    ]


def test_single_resources_have_a_strong_tag_that_stays_while_they_do(client: APIClient, addresses: list[str]) -> None:
    for address in addresses:
        tags = [client.get(f"/api/v1/{address}/")["ETag"] for _ in range(2)]
        assert tags[0] == tags[1], address
        assert tags[0].startswith('"'), address


def test_lists_have_none(client: APIClient, camera: Camera) -> None:
    assert "ETag" not in client.get("/api/v1/cameras/")


def test_what_the_caller_has_already_is_not_sent_again(client: APIClient, camera: Camera) -> None:
    tag = client.get(url_of(camera))["ETag"]
    for known in (tag, f"W/{tag}", f"{OTHER}, {tag}", "*"):
        answer = client.get(url_of(camera), headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag), known
    assert client.head(url_of(camera), headers={"If-None-Match": tag}).status_code == 304


def test_what_has_changed_is_sent(client: APIClient, camera: Camera) -> None:
    tag = client.get(url_of(camera))["ETag"]
    health.observe(camera, online=True, cause="video flows")
    answer = client.get(url_of(camera), headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["status"]) == (200, "online")
    assert answer["ETag"] != tag


def test_an_edit_of_what_was_read_is_carried_out_and_tells_the_new_tag(client: APIClient, camera: Camera) -> None:
    tag = client.get(url_of(camera))["ETag"]
    answer = client.patch(url_of(camera), {"name": "Door"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["name"]) == (200, "Door")
    assert answer["ETag"] == client.get(url_of(camera))["ETag"] != tag


def test_an_edit_of_what_has_changed_since_is_refused_and_says_what_to_do(
    client: APIClient, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    tag = client.get(url_of(camera))["ETag"]
    client.patch(url_of(camera), {"name": "Door"})
    told = problem_of(
        client.patch(url_of(camera), {"name": "Window"}, headers={"If-Match": tag}), 412, "changed-meanwhile"
    )
    assert "Read it again" in told["detail"]
    assert client.get(url_of(camera)).json()["name"] == "Door"


@pytest.mark.parametrize("condition", [OTHER, "W/{tag}", "", "nonsense", '"'])
def test_other_tags_weak_tags_and_nonsense_fit_nothing(
    client: APIClient, camera: Camera, problem_of: Callable[..., dict[str, Any]], condition: str
) -> None:
    condition = condition.replace("{tag}", client.get(url_of(camera))["ETag"])
    answer = client.delete(url_of(camera), headers={"If-Match": condition})
    problem_of(answer, 412, "changed-meanwhile")
    assert Camera.objects.in_use().filter(pk=camera.pk).exists()


def test_any_state_will_do_for_a_star(client: APIClient, camera: Camera) -> None:
    assert client.delete(url_of(camera), headers={"If-Match": "*"}).status_code == 204


def test_a_condition_on_what_the_caller_may_not_see_tells_nothing(
    api_of: Callable[..., APIClient], outsider: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    answer = api_of(outsider).get(url_of(camera), headers={"If-None-Match": "*"})
    problem_of(answer, 404, "not-found")


def test_every_kind_of_edit_takes_a_condition(
    client: APIClient, camera: Camera, site: Site, problem_of: Callable[..., dict[str, Any]]
) -> None:
    policy = f"/api/v1/recording-policies/{camera.public_id}/"
    tag = client.get(policy)["ETag"]
    policies.set_mode(camera, RecordingMode.OFF, actor=SYSTEM)
    for edit in (client.put, client.patch):
        problem_of(edit(policy, {"mode": "continuous"}, headers={"If-Match": tag}), 412, "changed-meanwhile")
    place = f"/api/v1/sites/{site.pk}/"
    tag = client.get(place)["ETag"]
    places.edit_site(site, region="us", actor=SYSTEM)
    problem_of(client.delete(place, headers={"If-Match": tag}), 412, "changed-meanwhile")
    away = f"{url_of(camera)}deactivation/"
    problem_of(client.post(away, headers={"If-Match": OTHER}), 412, "changed-meanwhile")
    assert client.post(away, headers={"If-Match": client.get(url_of(camera))["ETag"]}).status_code == 200


def test_an_installation_may_demand_conditions(
    client: APIClient, camera: Camera, settings: Any, problem_of: Callable[..., dict[str, Any]]
) -> None:
    settings.API_EDITS_NEED_IF_MATCH = True
    told = problem_of(client.patch(url_of(camera), {"name": "Door"}), 428, "condition-missing")
    assert "If-Match" in told["detail"]
    problem_of(client.delete(url_of(camera)), 428, "condition-missing")
    assert client.patch(url_of(camera), {"name": "Door"}, headers={"If-Match": "*"}).status_code == 200
    assert client.post("/api/v1/sites/", {"name": "Depot"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_who_have_read_the_same_at_once_one_gets_through(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    tag = api_of(operator).get(url_of(camera))["ETag"]
    clients, start = [api_of(operator) for _ in range(6)], threading.Barrier(6)
    answers: list[int] = []

    def edit(number: int) -> None:
        start.wait()
        answer = clients[number].patch(url_of(camera), {"name": f"Gate {number}"}, headers={"If-Match": tag})
        answers.append(answer.status_code)
        connection.close()

    threads = [threading.Thread(target=edit, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412, 412, 412, 412, 412]


def test_what_was_made_says_where_it_is(client: APIClient, site: Site, camera: Camera) -> None:
    made = [
        client.post("/api/v1/cameras/", {"serial_number": "SN-7", "name": "Door", "site": site.pk}),
        client.post("/api/v1/sites/", {"name": "Depot"}),
        client.post("/api/v1/camera-groups/", {"name": "Roof"}),
        client.post("/api/v1/stream-keys/", {"camera": camera.public_id}),
    ]
    for answer in made:
        assert answer.status_code == 201
        assert client.get(answer["Location"]).status_code == 200
