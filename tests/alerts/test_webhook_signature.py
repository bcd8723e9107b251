"""Signatures are those of standardwebhooks.com."""

import base64
import hashlib
import hmac

import pytest

from alerts import webhook_signature


def test_the_example_of_the_specification() -> None:
    signature = webhook_signature.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_256_bits_and_signs_as_a_receiver_would() -> None:
    secret = webhook_signature.new_secret()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sent = webhook_signature.headers([secret], message_id="a", timestamp=7, body=b"{}")
    own = hmac.new(key, b"a.7.{}", hashlib.sha256).digest()

    assert len(key) == 32
    assert sent["webhook-signature"] == "v1," + base64.b64encode(own).decode()
    assert (sent["webhook-id"], sent["webhook-timestamp"]) == ("a", "7")


def test_two_secrets_sign_twice() -> None:
    old, new = webhook_signature.new_secret(), webhook_signature.new_secret()
    both = webhook_signature.headers([new, old], message_id="a", timestamp=7, body=b"{}")["webhook-signature"]

    assert both.split() == [webhook_signature.sign(one, message_id="a", timestamp=7, body=b"{}") for one in (new, old)]


def test_a_secret_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="base64"):
        webhook_signature.sign("whsec_not base 64", message_id="a", timestamp=7, body=b"")
