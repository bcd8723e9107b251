"""What the settings say about the node reaches its nginx, and nginx understands it."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from compose.local.secret_files import certificate
from streaming import node_config


def test_nobody_in_front_is_believed_unless_named(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ()

    assert "set_real_ip_from" not in node_config.render()


def test_proxies_that_are_named_are_believed(settings: Any, tmp_path: Path) -> None:
    settings.TRUSTED_PROXIES = (ip_network("192.0.2.7"), ip_network("2001:db8::/32"))
    settings.TLS_CERTIFICATE, settings.TLS_KEY = certificate(tmp_path, "127.0.0.1")

    node_config.write(tmp_path / "nginx.conf")

    written = (tmp_path / "nginx.conf").read_text()
    assert re.findall(r"set_real_ip_from (.+);", written) == ["192.0.2.7/32", "2001:db8::/32"]
    assert re.findall(r"^ +(\S+) proxy;", written, re.MULTILINE) == ["192.0.2.7/32", "2001:db8::/32"]
