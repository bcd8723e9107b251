"""Passkeys and security keys (WebAuthn Level 3): the two ceremonies, without HTTP.

Each ceremony begins with options for the browser and a state that is kept in the session until its answer comes.
The rows are django-allauth's (`allauth.mfa`); `data` holds name, public key and counter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import User

State = dict[str, Any]
_NOT_WELL_FORMED: Final = (ValueError, TypeError, KeyError, AttributeError, AssertionError)


class PasskeyRefused(Exception):
    """What the browser gave is not an answer to what was asked, or not of a key that is known."""

    def __str__(self) -> str:
        return "That passkey was not accepted. Try again, or sign in another way."


@dataclass(frozen=True, slots=True)
class Place:
    """Where the portal is, as the browser sees it: `https` and `vms.example:8443`."""

    scheme: str
    host: str

    @property
    def server(self) -> Fido2Server:
        """Checks answers for this place, and for no other origin of the same host."""
        name = self.host.rpartition(":")[0] or self.host
        return Fido2Server(
            PublicKeyCredentialRpEntity(id=name, name="VMS"), verify_origin=lambda origin: origin == self.origin
        )

    @property
    def origin(self) -> str:
        """The origin of its pages (RFC 6454)."""
        return f"{self.scheme}://{self.host}"


def begin_adding(user: User, *, place: Place) -> tuple[dict[str, Any], State]:
    """Options for `navigator.credentials.create`, and the state."""
    who = PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=user.email, display_name=user.name)
    options, state = place.server.register_begin(
        who,
        _credentials(user),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options), state


def finish_adding(answer: Any, state: State, *, place: Place) -> dict[str, Any]:
    """What is kept of a new key. Raises PasskeyRefused."""
    try:
        found = place.server.register_complete(state, answer)
        credential = found.credential_data
        assert credential is not None  # noqa: S101
    except _NOT_WELL_FORMED as error:
        raise PasskeyRefused from error
    return {"credential": websafe_encode(bytes(credential)), "counter": found.counter}


def begin_using(user: User | None, *, place: Place) -> tuple[dict[str, Any], State]:
    """Options for `navigator.credentials.get`, and the state. Without a user any key that knows its owner will do.

    Such a key is all that is shown, so it must have verified its owner by a finger or a PIN.
    """
    alone = user is None
    wanted = UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
    options, state = place.server.authenticate_begin(_credentials(user) if user else [], user_verification=wanted)
    return dict(options), state


def finish_using(user: User | None, answer: Any, state: State, *, place: Place) -> Authenticator:
    """The key that answered; its owner is `user`, or whom the key names. Raises PasskeyRefused.

    What a key that is shown alone must have done is not left to the state, which may be of a question beside a password.
    """
    try:
        if user is None:
            state = {**state, "user_verification": UserVerificationRequirement.REQUIRED}
        owner = user or _owner(answer)
        rows = {bytes(_credential(row)): row for row in _rows(owner)}
        found = place.server.authenticate_complete(state, [_credential(row) for row in rows.values()], answer)
        counter = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    except _NOT_WELL_FORMED as error:
        raise PasskeyRefused from error
    row = rows[bytes(found)]
    _count(row.pk, counter)
    row.user = owner
    return row


@transaction.atomic
def _count(pk: int, counter: int) -> None:
    """A counter that does not rise tells of a copied key (WebAuthn section 6.1.1). Keys that do not count say 0."""
    row = Authenticator.objects.select_for_update(no_key=True).get(pk=pk)
    if counter <= row.data["counter"] and (counter or row.data["counter"]):
        raise PasskeyRefused
    row.data["counter"] = counter
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])


def _owner(answer: Mapping[str, Any]) -> User:
    number = int(websafe_decode(answer["response"]["userHandle"]))
    user: User | None = User.objects.select_related("role").filter(pk=number).first()
    if user is None:
        raise ValueError("The key names nobody.")
    return user


def _credentials(user: User) -> list[AttestedCredentialData]:
    return [_credential(row) for row in _rows(user)]


def _rows(user: User) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN))


def _credential(row: Authenticator) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(row.data["credential"]))
