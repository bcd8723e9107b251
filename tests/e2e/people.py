"""Programs that use VMS as a person does: over HTTP, with a session."""

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

PASSWORD = "a long enough password 42"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class EnrolledCamera:
    """A camera of the test's own, and the key it publishes with."""

    public_id: str
    key: str
    key_id: int

    @property
    def stream(self) -> str:
        """What follows the application's name in a publish address."""
        return f"{self.public_id}?key={self.key}"


class Person(httpx2.Client):
    """Signed in; every write carries the CSRF token."""

    def __init__(self, portal: str, email: str) -> None:
        super().__init__(base_url=portal, timeout=20, trust_env=False)
        self.get("/sign-in/")
        form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        answer = self.post("/sign-in/", data=form)
        assert answer.status_code == 302, answer.text
        self.headers["X-CSRFToken"] = self.cookies["csrftoken"]

    def api(self, method: str, path: str, *, status: int = 200, **more: Any) -> Any:
        """Ask the API; fails unless it answers with this status. Gives the JSON."""
        answer = self.request(method, f"/api/v1{path}", **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def elevate(self, reason: str) -> None:
        """Show the password once more, with a reason."""
        token = self.headers["X-CSRFToken"]
        answer = self.post("/elevate/", data={"reason": reason, "proof": PASSWORD, "csrfmiddlewaretoken": token})
        assert answer.status_code == 302, answer.text

    def enrol(self, name: str = "", *, site: str = "Test site", zone: str = "Europe/Berlin") -> EnrolledCamera:
        """A new camera with a key."""
        sites = self.api("GET", "/sites/", params={"page_size": 100})["results"]
        found = next((one for one in sites if one["name"] == site), None)
        found = found or self.api("POST", "/sites/", json={"name": site, "time_zone": zone}, status=201)
        serial = f"E2E-{next(_numbers)}-{uuid4().hex[:6]}"
        facts = {"serial_number": serial, "name": name or serial, "site": found["id"]}
        camera = self.api("POST", "/cameras/", json=facts, status=201)
        key = self.api("POST", "/stream-keys/", json={"camera": camera["public_id"]}, status=201)
        return EnrolledCamera(camera["public_id"], key["secret"], key["id"])

    def camera(self, camera: EnrolledCamera) -> dict[str, Any]:
        """The camera as the API tells of it."""
        found: dict[str, Any] = self.api("GET", f"/cameras/{camera.public_id}/")
        return found

    def is_online(self, camera: EnrolledCamera) -> bool:
        """Whether its badge says so."""
        return bool(self.camera(camera)["status"] == "online")

    def attempts(self, camera: EnrolledCamera) -> list[dict[str, Any]]:
        """Refused publishes, newest first."""
        found: list[dict[str, Any]] = self.api("GET", "/publish-attempts/", params={"camera": camera.public_id})[
            "results"
        ]
        return found

    def sessions(self, camera: EnrolledCamera) -> list[dict[str, Any]]:
        """Publishes, newest first."""
        found: list[dict[str, Any]] = self.api("GET", "/publish-sessions/", params={"camera": camera.public_id})[
            "results"
        ]
        return found

    def recordings(self, camera: EnrolledCamera) -> list[dict[str, Any]]:
        """Recordings, newest first."""
        found: list[dict[str, Any]] = self.api("GET", "/recordings/", params={"camera": camera.public_id})["results"]
        return found

    def play(self, camera: EnrolledCamera, kind: str) -> str:
        """The address of a playlist, with a fresh token in it."""
        url: str = self.api("POST", "/playback-tokens/", json={"camera": camera.public_id, "kind": kind}, status=201)[
            "url"
        ]
        return url
