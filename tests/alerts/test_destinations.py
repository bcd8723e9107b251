"""No name and no notation leads news into the network that VMS stands in."""

import socket
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from alerts import destinations, posting
from alerts.destinations import AddressNotAllowed
from tests.alerts.conftest import Receiver

INSIDE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("169.254.169.254", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.7", "198.18.0.1"),
    *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    "64:ff9b:1::8.8.8.8",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_is_not_allowed(address: str) -> None:
    assert not destinations.is_allowed(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001:82a::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_outside_is_allowed(address: str) -> None:
    assert destinations.is_allowed(ip_address(address))


def test_private_networks_can_be_allowed_without_the_clouds_metadata(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True

    assert destinations.is_allowed(ip_address("10.0.0.1"))
    assert destinations.is_allowed(ip_address("::1"))
    assert not destinations.is_allowed(ip_address("169.254.169.254"))
    assert not destinations.is_allowed(ip_address("::ffff:169.254.169.254"))
    assert not destinations.is_allowed(ip_address("0.0.0.0"))


def test_one_network_can_be_allowed(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("10.20.0.0/16"),)

    assert destinations.is_allowed(ip_address("10.20.1.1"))
    assert destinations.is_allowed(ip_address("::ffff:10.20.1.1"))
    assert not destinations.is_allowed(ip_address("10.21.1.1"))


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "localhost", "::1"])
def test_whatever_a_host_is_spelled_like_its_address_counts(host: str) -> None:
    with pytest.raises(AddressNotAllowed):
        destinations.addresses_of(host, 443)


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "https://", "https:///x", "file:///etc/passwd", "example.com"),
        *("https://user@example.com/", "https://user:word@example.com/", "https://example.com/#x", "https://[::1"),
        *(
            "https://example.com/a b",
            "https://example.com\r\nHost: x/",
            "https://exämple.com/",
            "https://example.com:0/",
        ),
        "https://example.com:99999/",
    ],
)
def test_only_plain_addresses_over_tls_are_webhooks(url: str) -> None:
    with pytest.raises(ValidationError):
        destinations.check_url(url)


def test_a_good_address_is_taken() -> None:
    destinations.check_url("https://hooks.example.com:8443/vms?room=1")


def test_this_machine_is_not_asked(receiver: Receiver) -> None:
    answer = posting.post(receiver.url, b"{}", {})

    assert answer.status is None
    assert "nothing may be sent" in answer.error
    assert receiver.requests == []


def test_a_name_that_changes_its_address_after_the_check_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, settings: Any
) -> None:
    """The first question is answered with an address outside, every other one with this machine."""
    settings.WEBHOOK_TIMEOUT_SECONDS = 1
    asked: list[str] = []
    really = socket.getaddrinfo

    def rebinding(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.example":
            return really(host, port, *args, **kwargs)
        asked.append(host)
        return really("198.51.100.1" if len(asked) == 1 else "127.0.0.1", port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("198.51.100.0/24"),)
    posting.post(receiver.url.replace("127.0.0.1", "rebind.example"), b"{}", {})

    assert asked == ["rebind.example"]
    assert receiver.requests == []


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver, here_is_allowed: None) -> None:
    receiver.status, receiver.headers = 302, {"Location": receiver.url.replace("/hook", "/elsewhere")}
    answer = posting.post(receiver.url, b"{}", {})

    assert answer.status == 302
    assert not answer.is_good
    assert [path for path, _, _ in receiver.requests] == ["/hook"]


def test_a_proxy_of_the_environment_is_not_asked(
    receiver: Receiver, here_is_allowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert posting.post(receiver.url, b"{}", {}).status == 200


def test_a_long_answer_is_not_read_to_its_end(receiver: Receiver, here_is_allowed: None) -> None:
    receiver.body = b"\x00" + b"x" * 5_000_000

    assert posting.post(receiver.url, b"{}", {}).start == "x" * 4095


@pytest.fixture
def drip() -> Any:
    """Serves one connection, byte by byte: `drip(b"HTTP/1.1 …")` is its address."""
    ended = threading.Event()
    sockets: list[socket.socket] = []

    def serve(text: bytes) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def send_slowly() -> None:
            connection, _ = listening.accept()
            with connection:
                for number in range(10_000):
                    if ended.wait(0.05):
                        return
                    try:
                        connection.sendall(text[number : number + 1] or b"x")
                    except OSError:
                        return

        threading.Thread(target=send_slowly, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"

    yield serve
    ended.set()
    for one in sockets:
        one.close()


@pytest.mark.parametrize("text", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_who_answers_byte_by_byte_does_not_hold_the_line(
    drip: Callable[[bytes], str], here_is_allowed: None, settings: Any, text: bytes
) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 1
    begun = time.monotonic()
    answer = posting.post(drip(text), b"{}", {})

    assert answer.error == "no answer within 1 seconds"
    assert time.monotonic() - begun < 20
