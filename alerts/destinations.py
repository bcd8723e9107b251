"""To which addresses news may be sent: never, by a name that somebody chose, into the network that VMS itself stands in.

https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Translators turn these into the IPv4 address that is in them, or into anything (RFC 6052, RFC 8215).
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
_LOCALLY_TRANSLATED: Final = ipaddress.ip_network("64:ff9b:1::/48")


class AddressNotAllowed(Exception):
    """Nothing may be sent there."""


def check_url(url: str) -> None:
    """Raise ValidationError, at `url`, unless it can be a webhook's address. Nobody is asked for the name's addresses."""
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValidationError({"url": "This is not an address."}, code="invalid") from None
    schemes = ("https", "http") if settings.WEBHOOK_ALLOW_HTTP else ("https",)
    if parts.scheme not in schemes or not complete:
        raise ValidationError({"url": "Write an address that begins with https:// and names a host."}, code="invalid")
    if parts.username is not None or parts.fragment or not url.isascii() or any(one.isspace() for one in url):
        raise ValidationError(
            {"url": "Leave out user name, fragment, spaces and letters beyond ASCII."}, code="invalid"
        )


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a host, asked once. Raises AddressNotAllowed when one of them is not allowed, or there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise AddressNotAllowed(f"the name {host} has no address") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    for address in addresses:
        if "%" in address or not is_allowed(ipaddress.ip_address(address)):
            raise AddressNotAllowed(f"{host} is at {address}, where nothing may be sent")
    if not addresses:
        raise AddressNotAllowed(f"the name {host} has no address")
    return addresses


def is_allowed(address: _Address) -> bool:
    """Whether news may be sent there, whatever notation hides an IPv4 address in an IPv6 one."""
    plain = _plain(address)
    if any(plain.version == one.version and plain in one for one in settings.WEBHOOK_ALLOWED_NETWORKS):
        return True
    if plain.is_multicast or plain.is_unspecified or plain.is_link_local or _is_broadcast(plain):
        return False
    if settings.WEBHOOK_ALLOW_PRIVATE:
        return True
    return plain.is_global and not plain.is_reserved and not plain.is_loopback


def _plain(address: _Address) -> _Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _LOCALLY_TRANSLATED:
        return ipaddress.IPv4Address("0.0.0.0")  # noqa: S104  (an address that is never allowed)
    return address.ipv4_mapped or address.sixtofour or address


def _is_broadcast(address: _Address) -> bool:
    return str(address) == "255.255.255.255" or address in ipaddress.ip_network("0.0.0.0/8")
