"""The media node's door: only with the secret, only what can be read, and nothing half-written."""

from typing import Any

import pytest
from django.conf import settings

from cameras.models import Camera
from streaming.models import MediaNode, PublishAttempt, PublishSession
from streaming.stream_keys import IssuedKey
from tests.streaming.conftest import Ask, ask_application

QUESTIONS = ["publish", "update", "publish-done"]
GOOD = {"X-VMS-Node": "local", "X-VMS-Nginx-Pid": "4711"}


def nothing_was_written() -> bool:
    return not PublishSession.objects.exists() and not PublishAttempt.objects.exists()


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("secret", ["", "wrong", "é" * 10, settings.NODE_SECRET[:-1], settings.NODE_SECRET + "x"])
def test_without_the_secret_nothing_is_answered_and_nothing_is_kept(knock: Ask, question: str, secret: str) -> None:
    answer = knock(question, secret=secret)

    assert answer.status_code == 403
    assert nothing_was_written()


@pytest.mark.django_db
def test_an_installation_without_a_secret_answers_nobody(settings: Any, knock: Ask) -> None:
    settings.NODE_SECRET = ""

    assert knock(secret="").status_code == 403


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_another_method_is_not_allowed(node: MediaNode, question: str, method: str) -> None:
    headers = {**GOOD, "X-VMS-Node-Secret": settings.NODE_SECRET}

    answer = ask_application(f"/internal/rtmp/{question}", method=method.upper(), headers=headers)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "client_id", [None, "", "0x7", "-7", "7.0", " 7", "7\x00", "٧", "9" * 16, "9" * 5000, "7; DROP TABLE"]
)
def test_a_client_number_that_is_none_is_unreadable(knock: Ask, question: str, client_id: str | None) -> None:
    answer = knock(question, clientid=client_id)

    assert answer.status_code == 400
    assert nothing_was_written()


@pytest.mark.parametrize("pid", ["", "abc", "-1", "4294967296", "9" * 15])
def test_a_process_number_that_is_none_is_unreadable(knock: Ask, pid: str) -> None:
    assert knock(pid=pid).status_code == 400
    assert nothing_was_written()


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", [None, "", "x\x00y", "x" * 201])
def test_a_name_that_is_none_is_unreadable(knock: Ask, question: str, name: str | None) -> None:
    assert knock(question, name=name).status_code == 400
    assert nothing_was_written()


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "a/b", "%00", "💣", "x" * 200, "' OR 1=1 --"])
def test_a_strange_name_is_an_unknown_camera(knock: Ask, name: str) -> None:
    assert knock(name=name).content == b"unknown_camera\n"
    assert PublishAttempt.objects.get().presented_name == name[:80]


@pytest.mark.parametrize("key", ["\x00", "x" * 10_000, "💣", "' OR 1=1 --"])
def test_a_strange_key_is_a_wrong_key(knock: Ask, key: str) -> None:
    assert knock(key=key).content == b"wrong_key\n"
    assert PublishAttempt.objects.count() == 1


def test_the_largest_numbers_are_kept_as_they_are(knock: Ask) -> None:
    assert knock(clientid="9" * 15, pid="9" * 9).status_code == 204

    session = PublishSession.objects.get()
    assert (session.client_id, session.nginx_pid) == (999_999_999_999_999, 999_999_999)


@pytest.mark.parametrize("address", [None, "", "not an address", "unix:/run/x.sock", "203.0.113.9:1935", "\x00"])
def test_an_address_that_is_none_is_left_out(knock: Ask, address: str | None) -> None:
    assert knock(addr=address).status_code == 204
    assert PublishSession.objects.get().address is None


def test_an_ipv6_address_is_kept(knock: Ask) -> None:
    knock(addr="2001:DB8::1")

    assert PublishSession.objects.get().address == "2001:db8::1"


def test_an_encoder_with_a_long_or_odd_name_is_kept_as_far_as_it_fits(knock: Ask) -> None:
    knock(flashver="a\x00b" + "c" * 500)

    assert PublishSession.objects.get().encoder == "ab" + "c" * 118


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"name=\xff\xfe&clientid=7&key=\x80"),
        ("application/x-www-form-urlencoded", b"\xff" * 1000),
        ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % number for number in range(500))),
        ("application/x-www-form-urlencoded", b""),
        ("application/json", b'{"name": "x", "clientid": 7}'),
        ("multipart/form-data; boundary=x", b"--y\r\nnot multipart"),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded; charset=no-such-charset", b"name=x&clientid=7"),
        ("", b"name=x&clientid=7"),
    ],
    ids=["bad UTF-8", "only bad UTF-8", "500 fields", "empty", "JSON", "broken", "no boundary", "charset", "untyped"],
)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_body_that_cannot_be_read_opens_no_session(
    node: MediaNode, question: str, content_type: str, body: bytes
) -> None:
    headers = {**GOOD, "X-VMS-Node-Secret": settings.NODE_SECRET}

    answer = ask_application(f"/internal/rtmp/{question}", body, headers={**headers, "Content-Type": content_type})

    # Of a client that was never admitted, an end changes nothing, and an update that is no publisher's is not asked about.
    assert answer.status_code in ((400, 403) if question == "publish" else (204, 400, 403))
    assert not PublishSession.objects.exists()


def test_a_refusal_never_repeats_the_key(knock: Ask, stream_key: IssuedKey, camera: Camera) -> None:
    answer = knock(name=stream_key.secret)

    assert stream_key.secret.encode() not in answer.content


def test_of_a_field_that_comes_twice_the_nodes_own_counts(
    node: MediaNode, camera: Camera, stream_key: IssuedKey, other_camera: Camera
) -> None:
    """nginx-rtmp writes its own fields first, then the arguments of the publish: a name among them is a publisher's lie."""
    headers = {**GOOD, "X-VMS-Node-Secret": settings.NODE_SECRET}
    body = f"addr=203.0.113.9&clientid=7&call=publish&name={other_camera.public_id}&key={stream_key.secret}"

    answer = ask_application(
        "/internal/rtmp/publish", f"{body}&name={camera.public_id}&addr=127.0.0.1".encode(), headers=headers
    )

    assert (answer.status_code, answer.content) == (403, b"wrong_key\n")
    assert not PublishSession.objects.exists()
    assert PublishAttempt.objects.get().address == "203.0.113.9"


@pytest.mark.parametrize("question", QUESTIONS)
def test_more_than_a_node_would_send_is_not_read(knock: Ask, question: str) -> None:
    assert knock(question, key="x" * 100_000).status_code == 413
    assert nothing_was_written()


def test_a_question_that_nobody_answers_is_not_found(ask: Ask) -> None:
    assert ask("play", name="x", clientid=7).status_code == 404


def test_while_the_database_is_away_the_node_is_told_to_ask_later(knock: Ask) -> None:
    from django.db import OperationalError, connection

    def away(*_: object) -> None:
        raise OperationalError("the connection was closed")

    with connection.execute_wrapper(away):
        assert knock().status_code == 503
        assert knock("update").status_code == 503
    assert knock().status_code == 204
