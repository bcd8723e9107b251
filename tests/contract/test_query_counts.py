"""A list costs the same number of queries for one row and for twenty."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import membership, refresh_families, roles, user_groups
from accounts.audit import SYSTEM
from accounts.models import AccessRule, User
from alerts import delivering, webhooks
from alerts.models import SecurityEvent
from cameras import health, places, token_reaches
from cameras.models import Camera, Site
from cameras.token_reaches import Reach
from recordings import policies
from recordings.choices import RecordingMode
from recordings.models import Recording
from streaming import stream_keys
from streaming.choices import RefusalCause
from streaming.models import MediaNode, PublishAttempt, PublishSession

ACCEPTED = json.loads((Path(__file__).parent / "query_counts.json").read_text())
NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
RANGE = "start=2024-01-31T11:00:00Z&end=2024-01-31T13:00:00Z"


@pytest.fixture
def add_one(make_camera: Callable[..., Camera], site: Site, node: MediaNode) -> Callable[[int], None]:
    """Add one of everything that can be listed, about a camera of its own in a group of its own."""

    def add(number: int) -> None:
        group = places.add_group(name=f"Group {number}", actor=SYSTEM)
        places.add_site(name=f"Site {number}", actor=SYSTEM)
        camera = make_camera(f"SN-{number}", group=group)
        at = NOON + timedelta(minutes=number)
        own_node = MediaNode.objects.create(name=f"node-{number}", host="n", control_url="http://n", registered_at=at)
        stream_keys.rotate_key(camera, actor=SYSTEM)
        health.observe(camera, online=True, at=at)
        policies.set_mode(camera, RecordingMode.OFF, actor=SYSTEM)
        session = PublishSession.objects.create(
            camera=camera, node=own_node, nginx_pid=1, client_id=number, admitted_at=at, last_update_at=at
        )
        PublishAttempt.objects.create(
            camera=camera, node=own_node, cause=RefusalCause.WRONG_KEY, first_at=at, last_at=at
        )
        Recording.objects.create(camera=camera, session=session, run_id=uuid4(), started_at=at)
        role = roles.add_role(name=f"role-{number}", label=f"Role {number}", scopes=["cameras:read"], actor=SYSTEM)
        facts = {"email": f"p{number}@vms.example", "name": f"Person {number}", "password": None}
        person = membership.add_member(**facts, role=role, actor=SYSTEM)
        people = user_groups.add_user_group(name=f"People {number}", members=[person], actor=SYSTEM)
        places.grant_view(user_group=people, group=group, actor=SYSTEM)
        reach = Reach(sites=[camera.site], groups=[group], cameras=[camera])
        token_reaches.issue(owner=person, name=f"Token {number}", scopes=role.scopes, reach=reach, actor=SYSTEM)
        AccessRule.objects.create(action="deny", network=f"192.0.2.{number}")
        for administrator in User.objects.filter(role__name="admin"):
            url = f"https://hooks.example.com/{number}"
            hook = webhooks.add(name=f"Hook {number}", url=url, events=["camera.online"], actor=administrator).webhook
            delivering.send_test(hook, actor=administrator)
            refresh_families.begin(actor=administrator, address=None, user_agent=f"program {number}")
        SecurityEvent.objects.create(rule="key_guessing", severity="low", at=at, subject=str(number), user=person)

    return add


def address_of(path: str) -> str:
    """A list's address; coverage is asked of the cameras there are."""
    if path != "coverages":
        return f"/api/v1/{path}/"
    cameras = Camera.objects.values_list("public_id", flat=True)
    return f"/api/v1/coverages/?{RANGE}&" + "&".join(f"camera={public_id}" for public_id in cameras)


def queries_of(client: APIClient, url: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return len(captured), len(answer.json()["results"])


@pytest.mark.parametrize("path", sorted(ACCEPTED))
def test_a_list_asks_as_often_for_twenty_rows_as_for_one(
    api_of: Callable[..., APIClient], admin: User, add_one: Callable[[int], None], path: str
) -> None:
    client = api_of(admin)
    add_one(0)
    client.get(address_of(path))
    few, rows_before = queries_of(client, address_of(path))
    for number in range(1, 20):
        add_one(number)
    many, rows_after = queries_of(client, address_of(path))
    assert rows_after == rows_before + 19
    assert few == many == ACCEPTED[path]


def test_a_viewers_grants_cost_no_query_per_camera(
    api_of: Callable[..., APIClient], viewer: User, add_one: Callable[[int], None]
) -> None:
    client = api_of(viewer)
    add_one(0)
    few, _ = queries_of(client, "/api/v1/cameras/")
    for number in range(1, 20):
        add_one(number)
    assert queries_of(client, "/api/v1/cameras/") == (few, 20)
