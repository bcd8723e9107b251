"""JSON has types: what the schema calls a string is one, and a number that is written as text is none."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from cameras.models import Camera, Site
from tests.elevating import elevated


@pytest.mark.parametrize(
    ("path", "facts", "pointer"),
    [
        ("sites", {"name": 7}, "/name"),
        ("sites", {"name": 7.5}, "/name"),
        ("sites", {"name": True}, "/name"),
        ("user-groups", {"name": 58292423}, "/name"),
        ("cameras", {"serial_number": 1, "name": "Door", "site": "{site}"}, "/serial_number"),
        ("cameras", {"serial_number": "1", "name": "Door", "site": "1"}, "/site"),
        ("cameras", {"serial_number": "1", "name": "Door", "site": 1.0}, "/site"),
        ("publish-urls", {"camera": "{camera}", "valid_seconds": "60"}, "/valid_seconds"),
        ("publish-urls", {"camera": "{camera}", "valid_seconds": True}, "/valid_seconds"),
        ("users", {"email": 7, "name": "Anna", "role": "viewer"}, "/email"),
        ("users", {"email": "a@vms.example", "name": "Anna", "role": "viewer", "is_service": "true"}, "/is_service"),
        ("roles", {"name": 7, "label": "Seven", "scopes": []}, "/name"),
        ("access-rules", {"action": "deny", "country": "DE", "position": "1"}, "/position"),
        ("access-rules", {"action": "deny", "country": "DE", "active": 1}, "/active"),
    ],
)
def test_another_type_is_told(
    api_of: Callable[..., APIClient],
    admin: User,
    site: Site,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    path: str,
    facts: dict[str, Any],
    pointer: str,
) -> None:
    named = {"{site}": site.pk, "{camera}": camera.public_id}
    body = {name: named.get(value, value) if isinstance(value, str) else value for name, value in facts.items()}
    told = problem_of(elevated(api_of(admin), admin).post(f"/api/v1/{path}/", body), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]
