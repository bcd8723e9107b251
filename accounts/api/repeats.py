"""The header `Idempotency-Key`: a POST that is sent again is answered again, not carried out again."""

import json
import re
from collections.abc import Callable
from hashlib import sha256

from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit import actor_of
from accounts.idempotent_answers import Answer, Asked, answer_once

HEADER = "Idempotency-Key"
_KEY = re.compile(r'"([ -!#-~]{1,255})"|([!#-~]{1,255})')  # a string of RFC 9651, or the same without its quotes


def answer_to_repeat(request: Request, carry_out: Callable[[], Response]) -> Response:
    """The handler's answer, or the one it gave to the same request before. Without the header the handler is called.

    Raises ValidationError, StillRunning, KeyUsedOtherwise, AnswerIsLost.
    """
    header = request.headers.get(HEADER)
    if header is None:
        return carry_out()
    found = _KEY.fullmatch(header)
    if found is None:
        raise ValidationError({HEADER: "Write 1 to 255 printable ASCII characters, for example a UUID."}, code="key")
    asked = Asked(actor_of(request), found[1] or found[2], _fingerprint(request))
    answer = answer_once(asked, lambda: _kept(carry_out()))
    headers = {**answer.headers, "Idempotency-Replayed": "true"} if answer.again else answer.headers
    return Response(answer.body, status=answer.status, headers=headers)


def _fingerprint(request: Request) -> str:
    parts = (str(request.method), request.get_full_path(), request.content_type or "")
    return sha256("\n".join(parts).encode() + b"\n" + request._request.body).hexdigest()


def _kept(response: Response) -> Answer:
    headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return Answer(response.status_code, json.loads(JSONRenderer().render(response.data)), headers)
