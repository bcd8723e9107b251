"""No stream key and no playback token survives in what is logged."""

import io
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from cameras.models import Camera
from streaming import publish_addresses, viewing
from streaming.admission import Knock
from streaming.models import MediaNode
from streaming.stream_keys import IssuedKey
from vms.redaction import RedactingFormatter, redact

KEY = "abcdefghijkmnpqrstuvwxyz23"
TOKEN = "WyJhYmMiLDEsInJlYyIsMTczMjUzNjAwMF0.1tF0Zb.dO-Xq3_zP4x9"


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """What the handlers of this installation have written so far."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    facts = {**settings.LOGGING["formatters"]["line"]}
    assert facts.pop("()") == "vms.redaction.RedactingFormatter"
    handler.setFormatter(RedactingFormatter(facts["format"]))
    logging.getLogger("tests.redaction").addHandler(handler)
    yield written.getvalue
    logging.getLogger("tests.redaction").removeHandler(handler)


def test_every_handler_of_the_installation_redacts() -> None:
    configuration: dict[str, Any] = settings.LOGGING
    handlers = [facts for logger in configuration["loggers"].values() for facts in logger.get("handlers", [])]
    used = {*configuration["root"]["handlers"], *handlers}

    for name in used:
        formatter = configuration["formatters"][configuration["handlers"][name]["formatter"]]
        assert formatter["()"] == "vms.redaction.RedactingFormatter"


@pytest.mark.parametrize(
    "line",
    [
        f"rtmp://node.vms.example:1935/ingest/k3x7q2m5abcd?key={KEY}",
        f"[rtmp @ 0x55] Server error: rtmps://10.0.0.1/ingest/cam?other=1&key={KEY} was refused",
        f"args: app=ingest&name=cam&key={KEY}&clientid=5",
        f"key={KEY}",
        f"Knock(name='cam', key='{KEY}', address=None)",
        f'{{"args": "key={KEY}"}}',
        f"GET /x?next=%2Fcameras%3Fkey%3D{KEY} HTTP/1.1",
        f"KEY={KEY}",
        f'10.0.0.1 - "GET /media/{TOKEN}/rec/k3x7q2m5abcd/index.m3u8?start=1 HTTP/1.1" 200',
        f"http://portal.vms.example/media/{TOKEN}/live/cam/index.m3u8",
        f"Not Found: /media/{TOKEN}",
        f"Internal Server Error: /forgotten-password/{TOKEN}/",
        f"GET http://portal.vms.example/account/email/{TOKEN}/ HTTP/1.1",
    ],
)
def test_typical_lines_lose_their_secrets_and_nothing_else(line: str) -> None:
    told = redact(line)

    assert KEY not in told
    assert TOKEN not in told
    assert told.replace("***", "") == line.replace(KEY, "").replace(TOKEN, "")


@pytest.mark.parametrize(
    "line", ["a key frame every 2 s", "monkey=banana", "no key given", "/mediaset/abc/x", "/account/email/", ""]
)
def test_lines_without_secrets_stay_as_they_are(line: str) -> None:
    assert redact(line) == line


def test_arguments_and_tracebacks_are_covered_too(log: Callable[[], str]) -> None:
    logger = logging.getLogger("tests.redaction")
    try:
        raise ValueError(f"no answer from rtmp://node/ingest/cam?key={KEY}")
    except ValueError:
        logger.exception("could not play %s", f"/media/{TOKEN}/live/cam/index.m3u8")

    assert "Traceback" in log()
    assert KEY not in log()
    assert TOKEN not in log()


def test_a_line_that_cannot_be_formatted_does_not_stop_the_program(
    log: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)

    logging.getLogger("tests.redaction").error("%d cameras", "many")

    assert log() == ""


def test_things_that_carry_a_secret_do_not_show_it_when_they_are_printed(
    stream_key: IssuedKey, camera: Camera, node: MediaNode, operator: User
) -> None:
    knock = Knock("local", 1, 1, camera.public_id, stream_key.secret, None, "")
    opened = viewing.issue_pass(camera, kind="live", actor=operator)
    printed = f"{stream_key!r} {stream_key.key!r} {knock!r} {opened!r}"

    assert stream_key.secret not in printed
    assert opened.token not in printed


def test_a_whole_publish_address_is_redacted(stream_key: IssuedKey, camera: Camera, node: MediaNode) -> None:
    for address in publish_addresses.addresses_of(camera, node, key=stream_key.secret):
        assert stream_key.secret not in redact(f"{timezone.now()} publishing to {address.url}")
