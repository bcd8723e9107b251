"""What the API answers has the shape that the committed schema promises."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

from accounts import refresh_families, user_groups
from accounts.audit import SYSTEM
from accounts.models import AccessRule, ApiToken, User, UserGroup
from cameras import health, places, token_reaches
from cameras.models import Camera, CameraGroup, Grant, Site
from cameras.token_reaches import Reach
from recordings.models import Recording
from streaming import admission
from streaming.admission import Knock, PublisherRefused
from streaming.models import MediaNode, PublishSession
from streaming.stream_keys import IssuedKey
from tests.conftest import PASSWORD

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
SCHEMA = yaml.safe_load((Path(settings.BASE_DIR) / "vms/api/openapi-v1.yaml").read_text())
RANGE = "start=2024-01-31T12:00:00Z&end=2024-01-31T13:00:00Z"
READS = [
    ("/cameras/", "/cameras/"),
    ("/cameras/{public_id}/", "/cameras/{camera}/"),
    ("/cameras/{public_id}/status-changes/", "/cameras/{camera}/status-changes/"),
    ("/sites/", "/sites/"),
    ("/camera-groups/", "/camera-groups/"),
    ("/stream-keys/", "/stream-keys/"),
    ("/nodes/", "/nodes/"),
    ("/nodes/{name}/", "/nodes/local/"),
    ("/publish-sessions/", "/publish-sessions/"),
    ("/publish-attempts/", "/publish-attempts/"),
    ("/recordings/", "/recordings/"),
    ("/coverage/", "/coverage/?camera={camera}&" + RANGE),
    ("/coverages/", "/coverages/?camera={camera}&" + RANGE),
    ("/recording-policies/{public_id}/", "/recording-policies/{camera}/"),
    ("/stream-health/{public_id}/", "/stream-health/{camera}/"),
    ("/users/", "/users/"),
    ("/users/{id}/", "/users/{user}/"),
    ("/users/me/", "/users/me/"),
    ("/users/{user_id}/access/", "/users/{user}/access/"),
    ("/users/{user_id}/access/sites/", "/users/{user}/access/sites/"),
    ("/users/{user_id}/access/camera-groups/", "/users/{user}/access/camera-groups/"),
    ("/users/{user_id}/access/cameras/{public_id}/", "/users/{user}/access/cameras/{camera}/"),
    ("/roles/", "/roles/"),
    ("/roles/{name}/", "/roles/viewer/"),
    ("/scopes/", "/scopes/"),
    ("/user-groups/", "/user-groups/"),
    ("/user-groups/{id}/", "/user-groups/{user_group}/"),
    ("/user-groups/{group_id}/members/", "/user-groups/{user_group}/members/"),
    ("/grants/", "/grants/"),
    ("/grants/{id}/", "/grants/{grant}/"),
    ("/access-rules/", "/access-rules/"),
    ("/access-rules/{id}/", "/access-rules/{access_rule}/"),
    ("/tokens/", "/tokens/"),
    ("/tokens/{id}/", "/tokens/{token}/"),
    ("/program-sessions/", "/program-sessions/"),
]


def check(answer: Any, method: str, path: str) -> None:
    """Raise ValidationError unless the answer is one that the schema declares for this operation."""
    response = SCHEMA["paths"][f"/api/v1{path}"][method]["responses"][str(answer.status_code)]
    shared = response.get("$ref", "").rpartition("/")[2]
    content = (SCHEMA["components"]["responses"][shared] if shared else response)["content"]
    shape = content[answer["Content-Type"].partition(";")[0]]["schema"]
    validator = Draft202012Validator(
        {**shape, "components": SCHEMA["components"]}, format_checker=FormatChecker(["uuid", "ipv4"])
    )
    validator.validate(answer.json())


@pytest.fixture
def everything(
    camera: Camera,
    other_camera: Camera,
    group: CameraGroup,
    stream_key: IssuedKey,
    node: MediaNode,
    viewer: User,
    admin: User,
    make_camera: Callable[..., Camera],
) -> None:
    """One row of everything that can be listed."""
    make_camera("SN-2", group=group)
    guards = user_groups.add_user_group(name="Guards", members=[viewer], actor=SYSTEM)
    places.grant_view(user_group=guards, group=group, sight="live", actor=SYSTEM)
    health.observe(camera, online=True, cause="video flows")
    knock = Knock(node.name, 1, 7, camera.public_id, "wrong", "192.0.2.7", "FMLE/3.0")
    with pytest.raises(PublisherRefused):
        admission.admit(knock)
    PublishSession.objects.create(
        camera=camera, node=node, nginx_pid=1, client_id=7, admitted_at=NOON, last_update_at=NOON
    )
    Recording.objects.create(camera=camera, run_id=uuid4(), started_at=NOON, ended_at=NOON.replace(minute=10))
    reach = Reach(groups=[group], cameras=[camera])
    token_reaches.issue(owner=viewer, actor=viewer, name="Wall", scopes=["cameras:read"], reach=reach)
    refresh_families.begin(actor=admin, address="192.0.2.7", user_agent="wall/1.0")
    AccessRule.objects.create(action="deny", country="KP", until=NOON)


@pytest.mark.parametrize(("path", "url"), READS)
def test_reads(
    api_of: Callable[..., APIClient],
    admin: User,
    viewer: User,
    camera: Camera,
    everything: None,
    path: str,
    url: str,
) -> None:
    numbers = {"user_group": UserGroup.objects.get().pk, "grant": Grant.objects.latest("pk").pk}
    numbers |= {"token": ApiToken.objects.get().pk, "access_rule": AccessRule.objects.get().pk}
    answer = api_of(admin).get("/api/v1" + url.format(camera=camera.public_id, user=viewer.pk, **numbers))
    assert answer.status_code == 200, answer.content
    assert answer.json().get("results") != []
    check(answer, "get", path)


def test_writes(api_of: Callable[..., APIClient], operator: User, camera: Camera, site: Site, node: MediaNode) -> None:
    client = api_of(operator)
    bodies = [
        ("/cameras/", {"serial_number": "SN-7", "name": "Door", "site": site.pk}),
        ("/sites/", {"name": "Depot"}),
        ("/camera-groups/", {"name": "Roof"}),
        ("/stream-keys/", {"camera": camera.public_id}),
        ("/publish-urls/", {"camera": camera.public_id, "valid_seconds": 60}),
        ("/playback-tokens/", {"camera": camera.public_id, "kind": "live"}),
    ]
    for path, body in bodies:
        answer = client.post("/api/v1" + path, body)
        assert answer.status_code == 201, answer.content
        check(answer, "post", path)


def test_what_would_become_of_an_address(api_of: Callable[..., APIClient], admin: User) -> None:
    client = api_of(admin)
    for question in ({"address": "203.0.113.7", "surface": "api"}, {"address": "nowhere", "surface": "api"}):
        check(client.post("/api/v1/access-rules/check/", question), "post", "/access-rules/check/")
    rule = {"action": "deny", "network": "203.0.113.0/24", "surface": ""}
    check(client.post("/api/v1/access-rules/", rule), "post", "/access-rules/")


def test_what_programs_are_given(viewer: User) -> None:
    client = APIClient()

    def post(path: str, body: object, url: str = "") -> Any:
        answer = client.post("/api/v1" + (url or path), body)
        check(answer, "post", path)
        return answer.json()

    pair = post("/auth/token/", {"email": viewer.email, "password": PASSWORD})
    pair = post("/auth/token/refresh/", {"refresh": pair["refresh"]})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    token = post("/tokens/", {"name": "Wall", "scopes": ["cameras:read"]})
    post("/tokens/{id}/rotate/", {}, f"/tokens/{token['id']}/rotate/")
    client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    check(client.get("/api/v1/cameras/"), "get", "/cameras/")


def test_lists_of_cameras(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, site: Site, node: MediaNode
) -> None:
    client = api_of(operator)
    rows = [{"serial_number": "SN-7", "name": "Door", "site": site.pk}, {"serial_number": "SN-1", "name": "Other"}]
    for query in ("dry_run=true", "", "partial=true&stream_keys=true"):
        check(client.post(f"/api/v1/cameras/bulk/?{query}", rows), "post", "/cameras/bulk/")


def test_edits(api_of: Callable[..., APIClient], admin: User, camera: Camera, site: Site, node: MediaNode) -> None:
    client = api_of(admin)
    for path, name in (
        ("/cameras/{public_id}/", camera.public_id),
        ("/sites/{id}/", site.pk),
        ("/nodes/{name}/", "local"),
    ):
        url = "/api/v1" + re.sub(r"\{.*\}", str(name), path)
        check(client.patch(url, {}), "patch", path)
        check(client.patch(url, {}, headers={"If-Match": '"other"'}), "patch", path)


def test_problems(
    api_of: Callable[..., APIClient], operator: User, viewer: User, outsider: User, camera: Camera
) -> None:
    check(api_of(viewer).post("/api/v1/cameras/", {}), "post", "/cameras/")
    check(api_of(operator).post("/api/v1/cameras/", {}), "post", "/cameras/")
    check(api_of(outsider).get(f"/api/v1/cameras/{camera.public_id}/"), "get", "/cameras/{public_id}/")
    check(api_of(outsider).get(f"/api/v1/coverage/?camera={camera.public_id}&{RANGE}"), "get", "/coverage/")
