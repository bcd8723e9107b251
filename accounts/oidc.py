"""OpenID Connect, as the relying party: the authorization code flow with PKCE, against any provider (adapter).

OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0; RFC 7636 (PKCE), RFC 9207 (who answers), RFC 9700 (what goes wrong otherwise).
Knows nothing of people: `single_sign_on` decides who somebody is.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from ssl import SSLContext
from typing import Any, Final, Self, cast
from urllib.parse import urlencode

import httpx2
import jwt
from django.conf import settings
from django.core.cache import cache as shared

Claims = dict[str, Any]
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_KEPT_SECONDS: Final = 600
_TIMEOUT_SECONDS: Final = 10
# Signatures that whoever knows the client's secret, or nobody at all, could make are none (RFC 8725 section 3.1).
_ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_CLOCKS_DIFFER_SECONDS: Final = 60


class OidcFailed(Exception):
    """What came back is not an answer to our question. The text is for the log."""


class ProviderAway(OidcFailed):
    """The provider does not answer, or not with what it should."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is remembered in the session until the provider's answer comes. Good once."""

    state: str
    nonce: str
    verifier: str
    next_page: str

    @classmethod
    def fresh(cls, next_page: str) -> Self:
        """256 random bits for each part."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, next_page)

    def as_json(self) -> dict[str, str]:
        """For the session."""
        return asdict(self)


def address_of(question: Question, *, return_to: str) -> str:
    """Where the browser goes with the question. Raises OidcFailed."""
    digest = hashlib.sha256(question.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": return_to,
        "scope": " ".join(settings.OIDC_SCOPES),
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    endpoint = _provider()["authorization_endpoint"]
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def claims_of(answer: Mapping[str, str], question: Question, *, return_to: str) -> Claims:
    """What the provider says about the person, after all of it was checked. Raises OidcFailed."""
    provider = _provider()
    if not secrets.compare_digest(answer.get("state", "").encode(), question.state.encode()):
        raise OidcFailed("the answer is to another question")
    if answer.get("iss", provider["issuer"]) != provider["issuer"]:
        raise OidcFailed("another provider has answered")
    if "error" in answer or "code" not in answer:
        raise OidcFailed(f"the provider refused: {answer.get('error', 'no code')[:80]}")
    tokens = _exchange(provider, answer["code"], question, return_to)
    claims = _read(provider, str(tokens.get("id_token", "")), question)
    return merged(claims, _user_info(provider, tokens, claims))


def merged(claims: Claims, told: Claims) -> Claims:
    """An ID token's claims, and what the other endpoint told besides.

    Whether an address is verified counts only from where that address stands.
    """
    if "email" not in claims:
        claims = _without_verification(claims)
    elif told.get("email") != claims["email"]:
        told = _without_verification(told)
    return {**told, **claims}


def end_address() -> str:
    """Where a browser signs out of the provider (RP-Initiated Logout 1.0 section 2); empty where it offers that nowhere.

    The provider is not told to send people back, for which it would want to know VMS's address. Raises OidcFailed.
    """
    endpoint = str(_provider().get("end_session_endpoint", ""))
    if not endpoint.startswith(("https://", "http://")):
        return ""
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({'client_id': settings.OIDC_CLIENT_ID})}"


def _exchange(provider: Claims, code: str, question: Question, return_to: str) -> Claims:
    """The code for tokens. A code that was used already is refused by the provider."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_to,
        "code_verifier": question.verifier,
    }
    ways = provider.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in ways:
        return _ask(
            "POST", provider["token_endpoint"], data=form, auth=(settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
        )
    form |= {"client_id": settings.OIDC_CLIENT_ID, "client_secret": settings.OIDC_CLIENT_SECRET}
    return _ask("POST", provider["token_endpoint"], data=form)


def _read(provider: Claims, id_token: str, question: Question) -> Claims:
    """The ID token's claims. OpenID Connect Core section 3.1.3.7 lists what is checked."""
    try:
        claims: Claims = jwt.decode(
            id_token,
            _key_of(provider, jwt.get_unverified_header(id_token)),
            algorithms=_algorithms(provider),
            audience=settings.OIDC_CLIENT_ID,
            issuer=provider["issuer"],
            leeway=_CLOCKS_DIFFER_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise OidcFailed(f"the ID token is not good: {error}") from error
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), question.nonce.encode()):
        raise OidcFailed("the ID token has another nonce")
    if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
        raise OidcFailed("the ID token was made for another client")
    return claims


def _user_info(provider: Claims, tokens: Claims, claims: Claims) -> Claims:
    """What the provider tells at its other endpoint; it must be about the same person (section 5.3.2)."""
    if "userinfo_endpoint" not in provider or "access_token" not in tokens:
        return {}
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = _ask("GET", provider["userinfo_endpoint"], headers=headers)
    if told.get("sub") != claims["sub"]:
        raise OidcFailed("the user info is about somebody else")
    return told


def _without_verification(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if name != "email_verified"}


def _provider() -> Claims:
    """The provider's description of itself."""
    address = settings.OIDC_DISCOVERY_URL
    if _WELL_KNOWN not in address:
        address = address.rstrip("/") + _WELL_KNOWN
    provider = _kept(address)
    if lacking := {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"} - provider.keys():
        raise OidcFailed(f"the provider's description lacks {', '.join(sorted(lacking))}")
    return provider


def _key_of(provider: Claims, header: Claims) -> jwt.PyJWK:
    """The key that the token names. A name that is not known may be that of a new key: look again, once."""
    for again in (False, True):
        keys = jwt.PyJWKSet.from_dict(_kept(provider["jwks_uri"], again=again)).keys
        found = [key for key in keys if header.get("kid") in (None, key.key_id)]
        if len(found) == 1 or (found and header.get("kid")):
            return found[0]
    raise OidcFailed("the ID token is signed with a key that nobody knows")


def _algorithms(provider: Claims) -> list[str]:
    offered = provider.get("id_token_signing_alg_values_supported", ["RS256"])
    return sorted(_ALGORITHMS.intersection(offered))


def _kept(address: str, *, again: bool = False) -> Claims:
    """What is at the address, or was some minutes ago."""
    name = f"oidc:{hashlib.sha256(address.encode()).hexdigest()}"
    found = None if again else shared.get(name)
    if found is None:
        found = _ask("GET", address)
        shared.set(name, found, _KEPT_SECONDS)
    return cast(Claims, found)


@cache
def _certificates() -> SSLContext:
    """Made once: reading the certificates anew costs more than the whole question."""
    return httpx2.create_ssl_context()


def _ask(method: str, address: str, **more: Any) -> Claims:
    try:
        answer = httpx2.request(method, address, timeout=_TIMEOUT_SECONDS, verify=_certificates(), **more)
        if answer.is_client_error:
            raise OidcFailed(f"{method} {address}: {answer.status_code} {answer.text[:200]}")
        answer.raise_for_status()
        told = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ProviderAway(f"{method} {address}: {error}") from error
    if not isinstance(told, dict):
        raise ProviderAway(f"{method} {address}: the answer is no object")
    return told
