"""What the settings say about the node reaches its nginx, and nginx understands it."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("asked", "logged"),
    [
        ("/media/WyJhYm.1tF0Zb.dO-Xq3/live/k3x7q2m5abcd/index.m3u8?x=1", "/media/***/live/k3x7q2m5abcd/index.m3u8?x=1"),
        ("/forgotten-password/2.d1x0-9f8e7d/", "/forgotten-password/***"),
        ("/account/email/eyJ1c2VyIjox:1tF0Zb:dO-Xq3/?x=1", "/account/email/***"),
        ("/forgotten-password/", "/forgotten-password/"),
        ("/cameras/?q=/account/email/x", "/cameras/?q=/account/email/x"),
    ],
)
def test_nothing_that_opens_is_logged(asked: str, logged: str) -> None:
    (lines,) = re.findall(r"map \$request_uri \$logged_uri {(.+?)}\n", node_config.render(), re.DOTALL)
    rules = re.findall(r'^ +"~(\S+)" (\S+);', lines, re.MULTILINE)

    written = [
        words_of(found, words) for one, words in rules if (found := re.search(one.replace("(?<", "(?P<"), asked))
    ]

    assert (written or [asked])[0] == logged


def words_of(found: re.Match[str], words: str) -> str:
    """What nginx makes of a value, with what its pattern has found."""
    return re.sub(r"\$\{?(\w+)\}?", lambda name: found[name[1]], words)
