"""Fills an empty database with a cast for programs that try the API out. People sign in with tests.e2e.people.PASSWORD."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.utils import timezone

from accounts import membership, user_groups
from accounts.audit import SYSTEM
from accounts.models import Role, User
from cameras import enrolment, health, places, token_reaches
from cameras.models import Camera, Site
from recordings.models import Recording
from streaming import admission, stream_keys
from streaming.admission import Knock, PublisherRefused
from streaming.models import MediaNode
from tests.e2e.people import PASSWORD

ROLES = {"admin": "admin", "operator": "operator", "viewer": "viewer", "outsider": "viewer"}


def fill() -> dict[str, Any]:
    """Some of everything. A program's token, and the dictionaries of numbers and names that there are."""
    call_command("migrate", verbosity=0)
    people = {name: add(name, role) for name, role in ROLES.items()}
    program = add("program", "api_only", is_service=True)
    sites = [places.add_site(name=name, actor=SYSTEM) for name in ("North gate", "Harbour")]
    group = places.add_group(name="Perimeter", actor=SYSTEM)
    fence = places.add_group(name="Fence", parent=group, actor=SYSTEM)
    guards = user_groups.add_user_group(name="Guards", actor=SYSTEM)
    for subject in ({"user": people["viewer"]}, {"user": program}, {"user_group": guards}):
        places.grant_view(site=sites[0], actor=SYSTEM, **subject)
    node = MediaNode.objects.create(
        name="local", host="node.vms.example", control_url="http://127.0.0.1:9", registered_at=timezone.now()
    )
    cameras = [camera_with_past(number, site, node) for number, site in enumerate([*sites, sites[0]])]
    enrolment.edit_camera(cameras[0], group=fence, actor=SYSTEM)
    token = token_reaches.issue(owner=program, actor=SYSTEM, name="Wall", scopes=program.role.scopes)
    numbers = [1, 2, 3]
    names = {"public_id": [camera.public_id for camera in cameras], "name": ["local", "admin", "viewer"]}
    dictionaries = {**names, "id": [str(number) for number in numbers], "number": numbers}
    return {"token": token.text, "dictionaries": dictionaries}


def add(name: str, role: str, **facts: Any) -> User:
    """A person or a program."""
    email = f"{name}@vms.example"
    password = None if facts else PASSWORD
    return membership.add_member(
        email=email, name=name, role=Role.objects.get(name=role), password=password, actor=SYSTEM, **facts
    )


def camera_with_past(number: int, site: Site, node: MediaNode) -> Camera:
    """A camera that was admitted and refused, went up, and has recorded."""
    camera = enrolment.enrol_camera(serial_number=f"SN-{number}", name=f"Camera {number}", site=site, actor=SYSTEM)
    key = stream_keys.rotate_key(camera, actor=SYSTEM)
    admission.admit(Knock(node.name, 1, number, camera.public_id, key.secret, "192.0.2.7", "FMLE/3.0"))
    try:
        admission.admit(Knock(node.name, 1, number, camera.public_id, "wrong", "192.0.2.7", "FMLE/3.0"))
    except PublisherRefused:
        health.observe(camera, online=True, cause="video flows")
    now = timezone.now()
    Recording.objects.create(camera=camera, run_id=uuid4(), started_at=now - timedelta(hours=1), ended_at=now)
    return camera
