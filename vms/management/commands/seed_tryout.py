"""Door for the try-out: an administrator, a site, and four cameras with keys, made once."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import membership
from accounts.audit import SYSTEM
from accounts.models import Role, User
from cameras import enrolment, places
from cameras.models import Camera, Site
from streaming import publish_addresses, stream_keys
from streaming.models import MediaNode, StreamKey

ADMIN_EMAIL = "admin@vms.example"
CAMERAS = (
    ("TRYOUT-1", "Clock", "Test picture with a clock"),
    ("TRYOUT-2", "Street", "A street, or a moving pattern"),
    ("TRYOUT-3", "Garden", "A slowly moving pattern"),
    ("TRYOUT-4", "Loading dock", "Drops off now and then"),
)


class Command(BaseCommand):
    """Makes what a try-out starts with. What is there already stays as it is."""

    help = (
        "Make an administrator, a site and four cameras, and write the cameras' keys to <RUN_ROOT>/tryout-cameras.json."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing; print a new administrator's password once."""
        settings.RUN_ROOT.mkdir(parents=True, exist_ok=True)
        self._seed_admin()
        path = settings.RUN_ROOT / "tryout-cameras.json"
        keys = _known_keys(path)
        site = Site.objects.first() or places.add_site(name="Try-out", time_zone="Europe/Berlin", actor=SYSTEM)
        node = MediaNode.objects.get(name=settings.NODE_NAME)
        seeded = [_seed_camera(facts, site, node, keys) for facts in CAMERAS]
        _write_secret(path, json.dumps({"cameras": [camera for camera in seeded if camera]}, indent=2))

    def _seed_admin(self) -> None:
        if User.objects.filter(role__name="admin").exists():
            return
        password = secrets.token_urlsafe(12)
        role = Role.objects.get(name="admin")
        membership.add_member(email=ADMIN_EMAIL, name="Administrator", role=role, password=password, actor=SYSTEM)
        self.stdout.write(f"administrator: {ADMIN_EMAIL}  password: {password}  (shown this once)")


def _seed_camera(
    facts: tuple[str, str, str], site: Site, node: MediaNode, keys: dict[str, str]
) -> dict[str, str] | None:
    """The camera's publish address; None when somebody has taken it out of use."""
    serial, name, place = facts
    camera = Camera.objects.filter(serial_number=serial).first()
    if camera is None:
        camera = enrolment.enrol_camera(
            actor=SYSTEM, serial_number=serial, name=name, site=site, place=place, vendor="Simulated"
        )
    if not camera.may_publish:
        return None
    key = keys.get(serial, "")
    if not StreamKey.objects.filter(camera=camera, digest=StreamKey.digest_of(key), revoked_at=None).exists():
        key = stream_keys.rotate_key(camera, actor=SYSTEM).secret
    url = publish_addresses.addresses_of(camera, node, key=key)[0].url
    return {"serial_number": serial, "name": name, "public_id": camera.public_id, "key": key, "url": url}


def _known_keys(path: Path) -> dict[str, str]:
    """Keys of an earlier run: the database keeps only their digests."""
    if not path.exists():
        return {}
    return {camera["serial_number"]: camera["key"] for camera in json.loads(path.read_text())["cameras"]}


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
