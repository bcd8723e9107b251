"""An address is what a trusted peer tells, read from the right; what a stranger writes changes nothing."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts import addresses
from accounts.gate import ForwardedHeadersMiddleware
from accounts.models import AuditEntry

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))


@pytest.fixture
def behind_proxies(settings: Any) -> None:
    settings.TRUSTED_PROXIES = PROXIES


def told(peer: str, forwarded_for: str) -> str | None:
    """The same whether it comes as a request of Django's or as an ASGI connection."""
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded_for})
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded_for.split(",")]
    from_scope = addresses.address_of({"client": (peer, 5), "headers": headers})
    assert from_scope == addresses.client_address(request)
    return from_scope


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::1", "203.0.113.9", "203.0.113.9"),
        ("10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:1::5", "2001:DB8:0:0::9", "2001:db8::9"),
        # Two proxies, one behind the other; the client has written an address of its own in front.
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.5", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1, 10.0.0.1, 203.0.113.9", "203.0.113.9"),
        # Somebody in the proxies' own network.
        ("10.0.0.5", "10.0.0.6", "10.0.0.6"),
        # Nobody in front.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
        ("::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"),
        # As some load balancers write it.
        ("127.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::9]:51234", "2001:db8::9"),
        ("127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        # What cannot be read ends the walk where it is still known who said it.
        ("10.0.0.5", "198.51.100.1, unknown, 10.0.0.6", "10.0.0.6"),
        ("10.0.0.5", "<script>", "10.0.0.5"),
        ("10.0.0.5", ",,", "10.0.0.5"),
        ("10.0.0.5", "999.1.1.1", "10.0.0.5"),
        ("", "203.0.113.9", None),
        ("testclient", "203.0.113.9", None),
    ],
)
def test_who_the_client_is(behind_proxies: None, peer: str, forwarded_for: str, client: str | None) -> None:
    assert told(peer, forwarded_for) == client


def test_without_a_header_the_peer_is_the_client(behind_proxies: None) -> None:
    assert addresses.client_address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.5")) == "10.0.0.5"
    assert addresses.address_of({"client": ("10.0.0.5", 1), "headers": []}) == "10.0.0.5"
    assert addresses.address_of({"client": None, "headers": []}) is None


def test_a_very_long_chain_is_no_trouble(behind_proxies: None) -> None:
    assert told("10.0.0.5", ", ".join(["198.51.100.1"] * 2000 + ["203.0.113.9"])) == "203.0.113.9"


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.5"])
def test_a_trusted_peer_says_that_the_request_came_encrypted(behind_proxies: None, peer: str) -> None:
    assert _seen(REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https").is_secure()


def test_a_stranger_cannot_say_that_the_request_came_encrypted(behind_proxies: None) -> None:
    request = _seen(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_HOST="evil.example")

    assert not request.is_secure()
    assert not [header for header in request.META if "FORWARDED" in header]


@pytest.mark.parametrize(("secure", "told"), [("https", True), ("http", False)])
def test_browsers_are_told_to_stay_with_https_only_over_https(settings: Any, db: None, secure: str, told: bool) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000

    answer = Client().get("/sign-in/", headers={"X-Forwarded-Proto": secure})

    assert ("Strict-Transport-Security" in answer) is told


@pytest.mark.django_db
def test_the_audit_has_the_clients_address_and_no_spoofed_one(settings: Any) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    form = {"username": "nobody@vms.example", "password": "wrong"}

    for peer in ("10.0.0.5", "203.0.113.77"):
        Client(REMOTE_ADDR=peer).post("/sign-in/", form, headers={"X-Forwarded-For": "127.0.0.1, 198.51.100.1"})

    assert list(AuditEntry.objects.order_by("at").values_list("address", flat=True)) == ["198.51.100.1", "203.0.113.77"]


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_has_one_spelling(text: str, network: str) -> None:
    assert str(addresses.read_network(text)) == network


def _seen(**facts: Any) -> HttpRequest:
    """The request as it is behind the gate."""
    seen: list[HttpRequest] = []

    def door(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    ForwardedHeadersMiddleware(door)(RequestFactory().get("/", **facts))
    return seen[0]
