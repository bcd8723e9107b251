"""Where somebody comes from, through the real nginx: a trusted proxy is believed, nobody else is."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx2
import pytest

from tests.e2e.people import Person

PROXY, STRANGER = "127.0.0.9", "127.0.0.2"  # compose/local/test.py trusts the first
CLIENT = "203.0.113.7"


@contextmanager
def connecting_from(address: str, person: Person, **headers: str) -> Iterator[httpx2.Client]:
    """The person's session, as it comes from another address."""
    transport = httpx2.HTTPTransport(local_address=address)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx2.Client(transport=transport, base_url=person.base_url, cookies=person.cookies, timeout=20) as client:
        client.headers.update({"X-CSRFToken": person.headers["X-CSRFToken"], **named})
        yield client


@pytest.fixture
def audited(root: object) -> Callable[[str], str]:
    """The address that the audit has of a request."""

    def read(request_id: str) -> str:
        line = (
            f"from accounts.models import AuditEntry; print(AuditEntry.objects.get(request_id='{request_id}').address)"
        )
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", line], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return read


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        (STRANGER, CLIENT, STRANGER),
        (STRANGER, f"{CLIENT}, {PROXY}", STRANGER),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}", CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}, {PROXY}", CLIENT),
    ],
)
def test_the_audit_has_the_address_of_the_client(
    operator: Person, audited: Callable[[str], str], peer: str, forwarded_for: str, address: str
) -> None:
    request_id = uuid4().hex

    with connecting_from(peer, operator, X_Forwarded_For=forwarded_for, X_Real_IP="198.51.100.2") as client:
        answer = client.post(
            "/api/v1/sites/", json={"name": f"Site {request_id}"}, headers={"X-Request-ID": request_id}
        )

    assert answer.status_code == 201, answer.text
    assert audited(request_id) == address


@pytest.mark.parametrize(("peer", "accepted"), [(PROXY, True), (STRANGER, False)])
def test_only_a_trusted_proxy_says_that_people_came_by_https(operator: Person, peer: str, accepted: bool) -> None:
    """Django accepts the Origin of a page that came encrypted only when the request itself did."""
    origin = str(operator.base_url).replace("http:", "https:").rstrip("/")

    with connecting_from(peer, operator, X_Forwarded_Proto="https", Origin=origin) as client:
        answer = client.post("/sign-out/", data={"csrfmiddlewaretoken": operator.headers["X-CSRFToken"]})

    assert (answer.status_code == 302) is accepted
