"""Finds free ports."""

import errno
import random
import socket
from collections.abc import Mapping

# Below those that Linux gives to outgoing connections (net.ipv4.ip_local_port_range), which would take a port between the
# moment at which it is chosen and that at which it is listened on.
_QUIET = range(20_000, 32_000)


def choose_ports(wanted: Mapping[str, int], *, taken_message: bool = True) -> dict[str, int]:
    """The wanted ports, by name; where one is taken, another that is free, and a line that says so. 0: any free one."""
    chosen: dict[str, int] = {}
    for name, port in wanted.items():
        if port and port not in chosen.values() and is_free(port):
            chosen[name] = port
            continue
        chosen[name] = _any_free(set(chosen.values()) | set(wanted.values()))
        if port and taken_message:
            print(f"port {port} ({name}) is taken; using {chosen[name]}")
    return chosen


def is_free(port: int) -> bool:
    """Whether a server could listen on this port, on every address of the machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104  (asked, not served)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            return False
    return True


def _any_free(not_these: set[int]) -> int:
    while True:
        port = random.choice(_QUIET)  # noqa: S311  (no secret)
        if port not in not_these and is_free(port):
            return port
