"""Door for the media node: publish, update, publish-done, as ASGI applications beside Django's.

nginx-rtmp posts form fields (https://github.com/arut/nginx-rtmp-module/wiki/Directives#notify) to its own loopback
server, which adds the shared secret, the node's name and the process number, and passes them on to here. Any answer
but 2xx refuses. What many nodes and cameras ask at one moment is decided together (`gathering`).
"""

import ipaddress
import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from streaming import admission
from streaming.access import Application, node_secret_required_asgi
from streaming.admission import Knock, PublisherRefused
from streaming.gathering import Gathering
from streaming.http_answers import Answer, BodyTooLarge, answer, body_of

logger = logging.getLogger(__name__)
Fields = dict[str, str]
_MOST_BYTES = 16 * 1024
_MOST_FIELDS = 100
_MOST_AT_ONCE = 250
# A publish goes on while its update waits, and what must end at once is dropped by `ingest.cut`.
_UPDATES_REST_SECONDS = 0.5
_YES, _NO = Answer(204), Answer(403)
_UNREADABLE = Answer(400, "clientid, name and X-VMS-Nginx-Pid are needed.\n")


def _answers_to_publish(knocks: Sequence[Knock]) -> list[Answer]:
    """To clients that want to publish: 204, or 403 with the cause."""
    verdicts = admission.admit_many(knocks)
    return [Answer(403, f"{one.cause.value}\n") if isinstance(one, PublisherRefused) else _YES for one in verdicts]


def _answers_to_update(knocks: Sequence[Knock]) -> list[Answer]:
    """To clients that still publish: 204, or 403 to end it."""
    return [_YES if welcome else _NO for welcome in admission.still_welcome_many(knocks)]


def _answers_to_publish_done(knocks: Sequence[Knock]) -> list[Answer]:
    """To clients that have stopped publishing: 204."""
    admission.publishers_left(knocks)
    return [_YES for _ in knocks]


def _callback(
    decide: Callable[[Sequence[Knock]], list[Answer]],
    *,
    is_asked: Callable[[Fields], bool] = lambda _: True,
    rest_seconds: float = 0,
) -> Application:
    """An application that asks a room about what it is told; 204 for what nobody needs to be asked about."""
    # A database that is away is away for all who wait: asking it again for each would only take longer.
    gathering = Gathering(
        sync_to_async(_with_connection(decide)),
        most=_MOST_AT_ONCE,
        rest_seconds=rest_seconds,
        for_all=(OperationalError, InterfaceError),
    )

    @node_secret_required_asgi("POST")
    async def application(scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await body_of(receive, most_bytes=_MOST_BYTES)
            fields = _fields(body)
        except BodyTooLarge:
            await answer(send, Answer(413))
            return
        knock = _knock(dict(scope["headers"]), fields)
        if not is_asked(fields):
            await answer(send, _YES)
        elif knock is None:
            await answer(send, _UNREADABLE)
        else:
            await answer(send, await _ask(gathering, knock))

    return application


def _with_connection(decide: Callable[[Sequence[Knock]], list[Answer]]) -> Callable[[Sequence[Knock]], list[Answer]]:
    """A connection for a batch, given back after it. Inside a transaction it is the transaction's, and stays."""

    def decided(knocks: Sequence[Knock]) -> list[Answer]:
        if connection.in_atomic_block:
            return decide(knocks)
        close_old_connections()
        try:
            return decide(knocks)
        finally:
            close_old_connections()

    return decided


async def _ask(gathering: Gathering[Knock, Answer], knock: Knock) -> Answer:
    try:
        return await gathering.ask(knock)
    except (OperationalError, InterfaceError) as error:
        logger.warning("cannot decide about %s: %s", knock.name, error)
        return Answer(503)
    except Exception:
        logger.exception("cannot decide about %s", knock.name)
        return Answer(500)


def _knock(headers: dict[bytes, bytes], fields: Fields) -> Knock | None:
    pid = _number(headers.get(b"x-vms-nginx-pid", b"").decode("latin-1"), digits=9)
    client_id = _number(fields.get("clientid", ""), digits=15)
    name = fields.get("name", "")
    if pid is None or client_id is None or not name or len(name) > 200 or "\x00" in name:
        return None
    return Knock(
        node_name=headers.get(b"x-vms-node", b"").decode("latin-1"),
        nginx_pid=pid,
        client_id=client_id,
        name=name,
        key=fields.get("key", "")[:200],
        address=_address(fields.get("addr", "")),
        encoder=fields.get("flashver", "").replace("\x00", "")[:120],
    )


def _fields(body: bytes) -> Fields:
    """Of a field that comes twice the first counts: nginx-rtmp writes its own, then what the publisher wrote."""
    try:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))


def _number(text: str, *, digits: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


publish = _callback(_answers_to_publish)
update = _callback(
    _answers_to_update,
    is_asked=lambda fields: fields.get("call") == "update_publish",
    rest_seconds=_UPDATES_REST_SECONDS,
)
publish_done = _callback(_answers_to_publish_done)
