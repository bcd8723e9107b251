"""From where a request comes: the client's address behind the proxies that are trusted.

Headers count only when a trusted peer sends them: nginx on this machine, or what `VMS_TRUSTED_PROXIES` names. What such a
peer tells in X-Forwarded-For is read from the right, because only its right end was written by those that are trusted;
what stands left of the first stranger was written by the stranger (RFC 7239 section 8.1 says it of Forwarded).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP")


def client_address(request: HttpRequest) -> str | None:
    """The client's address, in its shortest spelling; None when nobody can tell."""
    return _client_of(
        request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES
    )


def address_of(scope: Any) -> str | None:
    """The same for an ASGI connection: a WebSocket, or an application beside Django's."""
    told = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
    return _client_of((scope.get("client") or ("",))[0], told, settings.TRUSTED_PROXIES)


def is_trusted_peer(request: HttpRequest) -> bool:
    """Whether the peer itself, not who is behind it, may say how the request came here."""
    peer = read_address(request.META.get("REMOTE_ADDR", ""))
    return peer is not None and _is_trusted(peer, settings.TRUSTED_PROXIES)


def is_loopback(address: str | None) -> bool:
    """Whether it is a process of this machine."""
    read = read_address(address or "")
    return read is not None and read.is_loopback


def read_address(text: str) -> Address | None:
    """An address, with or without a port: `192.0.2.7`, `192.0.2.7:443`, `[2001:db8::7]:443`; None for anything else.

    An IPv4 address in IPv6's clothes (RFC 4291 section 2.5.5.2) is the IPv4 address, so that a rule about it holds.
    """
    bare = _without_port(text.strip())
    try:
        read = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = read.ipv4_mapped if isinstance(read, ipaddress.IPv6Address) else None
    return mapped or read


def read_network(text: str) -> Network:
    """An address or a CIDR; bits behind the prefix do not matter. Raises ValueError."""
    network = ipaddress.ip_network(text.strip(), strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:
        return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}")
    return network


def spelled(network: Network) -> str:
    """A network in one spelling; one address without its prefix."""
    return str(network.network_address if network.num_addresses == 1 else network)


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of the networks has the address."""
    return any(address in network for network in networks)


def subscriber_of(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 that providers give away as a whole (RFC 6177)."""
    read = ipaddress.ip_address(address)
    return str(ipaddress.ip_network(f"{read}/64", strict=False)) if read.version == 6 else address


@lru_cache(maxsize=4096)
def _client_of(peer_text: str, forwarded_for: str, trusted: tuple[Network, ...]) -> str | None:
    """Step from the peer to the left for as long as each is trusted; what cannot be read ends the walk."""
    client = read_address(peer_text)
    for told in reversed(forwarded_for.split(",") if forwarded_for else []):
        if client is None or not _is_trusted(client, trusted):
            break
        before = read_address(told)
        if before is None:
            break
        client = before
    return str(client) if client else None


def _is_trusted(peer: Address, trusted: tuple[Network, ...]) -> bool:
    return peer.is_loopback or is_in(peer, trusted)


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
