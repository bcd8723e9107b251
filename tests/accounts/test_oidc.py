"""OpenID Connect against a real provider: answers that are none to our question are refused."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client

from accounts import oidc
from accounts.models import User
from tests.accounts.identity_provider import Provider, asked, know, path_of, refused, sign_in

# The provider's own libraries warn; warnings of its thread are everybody's.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_the_question_has_pkce_and_the_code_is_exchanged_with_its_proof(provider: Provider, viewer: User) -> None:
    know(provider, viewer)
    browser = Client()
    address = asked(browser)
    question = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

    browser.get(path_of(provider.let_in(address, "u1")))

    assert question["code_challenge_method"] == "S256"
    assert question["redirect_uri"] == "http://testserver/sign-in/elsewhere/answer/"
    assert question["scope"].split() == ["openid", "email", "profile"]
    assert min(len(question[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    (request,) = provider.token_requests
    digest = hashlib.sha256(request["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == question["code_challenge"]


def test_every_question_is_another(provider: Provider) -> None:
    first, second = (parse_qs(urlsplit(asked(Client())).query) for _ in range(2))

    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


def test_an_id_token_with_another_nonce_is_refused(provider: Provider, viewer: User) -> None:
    """The code of another question, slipped into this one's answer."""
    know(provider, viewer)
    browser = Client()
    address = asked(browser)
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]

    back = provider.let_in(address.replace(nonce, "n" * 43), "u1")

    refused(browser.get(path_of(back)), browser, 403)


def test_the_code_of_another_browser_is_refused(provider: Provider, viewer: User) -> None:
    """Whoever sends somebody a link with a code of their own would sign them in to the wrong account."""
    know(provider, viewer)
    attacker, victim = Client(), Client()
    back = provider.let_in(asked(attacker), "u1")
    refused(victim.get(path_of(back)), victim, 403)
    asked(victim)

    refused(victim.get(path_of(back)), victim, 403)


def test_a_replayed_code_is_refused(provider: Provider, viewer: User) -> None:
    know(provider, viewer)
    browser = Client()
    back = path_of(provider.let_in(asked(browser), "u1"))
    browser.get(back)
    browser.post("/sign-out/")
    refused(browser.get(back), browser, 403)

    thief = Client()
    question = thief.session
    question["oidc_question"] = {
        "state": parse_qs(urlsplit(back).query)["state"][0],
        "nonce": "n",
        "verifier": "v",
        "next_page": "/",
    }
    question.save()
    refused(thief.get(back), thief, 403)
    assert len(provider.token_requests) == 2, "the provider itself refuses a code that was used"


def forged(change: Callable[[dict[str, Any]], dict[str, Any]], key: str = "k" * 32, algorithm: str = "HS256") -> Any:
    """A token endpoint whose ID token was signed by somebody else."""

    def alter(answer: dict[str, Any]) -> str:
        claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
        token = jwt.encode(change(claims), key if algorithm != "none" else None, algorithm=algorithm)
        return json.dumps({**answer, "id_token": token})

    return alter


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_an_id_token_that_the_provider_has_not_signed_is_refused(
    provider: Provider, viewer: User, algorithm: str
) -> None:
    know(provider, viewer)
    provider.altered = forged(lambda claims: claims, algorithm=algorithm)

    browser, answer = sign_in(provider, "u1")

    refused(answer, browser, 403)


def test_user_info_about_somebody_else_is_refused(provider: Provider, viewer: User, admin: User) -> None:
    know(provider, viewer)
    know(provider, admin, "u2", groups=["vms-admins"])
    _, answers = sign_in(provider, "u2")
    assert answers.status_code == 302
    other: list[dict[str, Any]] = []

    def keep(answer: dict[str, Any]) -> str:
        other.append(answer)
        return json.dumps(answer)

    provider.altered = keep
    sign_in(provider, "u2")
    provider.altered = lambda answer: json.dumps({**answer, "access_token": other[0]["access_token"]})

    browser, answer = sign_in(provider, "u1")

    refused(answer, browser, 403)


def test_a_provider_that_refuses_or_is_away_is_told(provider: Provider, viewer: User, settings: Any) -> None:
    browser = Client()
    state = parse_qs(urlsplit(asked(browser)).query)["state"][0]
    answer = browser.get("/sign-in/elsewhere/answer/", {"error": "access_denied", "state": state})
    refused(answer, browser, 403)

    settings.OIDC_DISCOVERY_URL = "http://127.0.0.1:9"
    refused(browser.get("/sign-in/elsewhere/"), browser, 503)


@pytest.mark.parametrize(
    ("claims", "told", "address"),
    [
        ({"email": "a@x", "email_verified": True}, {}, ("a@x", True)),
        ({}, {"email": "a@x", "email_verified": True}, ("a@x", True)),
        ({"email": "a@x"}, {"email": "a@x", "email_verified": True}, ("a@x", True)),
        ({"email": "a@x"}, {"email": "b@x", "email_verified": True}, ("a@x", None)),
        ({"email": "a@x"}, {"email_verified": True}, ("a@x", None)),
        ({"email_verified": True}, {"email": "b@x"}, ("b@x", None)),
        ({"email": "a@x", "email_verified": False}, {"email": "a@x", "email_verified": True}, ("a@x", False)),
    ],
)
def test_an_address_is_verified_by_who_tells_it(
    claims: dict[str, Any], told: dict[str, Any], address: tuple[str, bool | None]
) -> None:
    found = oidc.merged(claims, told)

    assert (found["email"], found.get("email_verified")) == address
