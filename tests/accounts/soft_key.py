"""A security key made of software: what a browser hands over, byte by byte (WebAuthn Level 3 section 6)."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cbor import encode
from fido2.cose import ES256
from fido2.utils import websafe_encode

_PRESENT, _VERIFIED, _WITH_KEY = 0x01, 0x04, 0x40


class SoftKey:
    """Holds one passkey. `counter` is None for a key that does not count."""

    def __init__(self, origin: str, *, counter: int | None = None) -> None:
        self.origin = origin
        self.name = origin.partition("//")[2].partition(":")[0]
        self.id = secrets.token_bytes(16)
        self.private = generate_private_key(SECP256R1())
        self.counter = counter

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer of `navigator.credentials.create`."""
        public = encode(ES256.from_cryptography_key(self.private.public_key()))
        credential = bytes(16) + len(self.id).to_bytes(2) + self.id + public
        data = self._data(_PRESENT | _VERIFIED | _WITH_KEY) + credential
        response = {
            "clientDataJSON": websafe_encode(self._client_data("webauthn.create", options)),
            "attestationObject": websafe_encode(encode({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._answer(response)

    def use(self, options: dict[str, Any], *, owner: int, verified: bool = True) -> dict[str, Any]:
        """The answer of `navigator.credentials.get`."""
        if self.counter is not None:
            self.counter += 1
        data = self._data(_PRESENT | (_VERIFIED if verified else 0))
        client = self._client_data("webauthn.get", options)
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.private.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))),
            "userHandle": websafe_encode(str(owner).encode()),
        }
        return self._answer(response)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.name.encode()).digest() + bytes([flags]) + (self.counter or 0).to_bytes(4)

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        written = websafe_encode(self.id)
        return {
            "id": written,
            "rawId": written,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
