"""Why a credential that was shown opens nothing. Each class is one kind of problem in the API."""


class CredentialRefused(Exception):
    """Somebody showed a credential that does not open; the text says why, in words for whoever holds it."""


class WrongCredential(CredentialRefused):
    """Nobody has such a credential. Says the same whatever part of it is wrong."""

    def __str__(self) -> str:
        return "This is not a credential of this installation."


class ExpiredCredential(CredentialRefused):
    """It was right, until it ended."""

    def __str__(self) -> str:
        return "The credential has expired. Get a new one."


class RevokedCredential(CredentialRefused):
    """It was right, until somebody took it back."""

    def __str__(self) -> str:
        return "The credential was revoked. Get a new one."


class CredentialFromElsewhere(CredentialRefused):
    """It may not be used from this address."""

    def __str__(self) -> str:
        return "The credential may not be used from this address."


class HolderDisabled(CredentialRefused):
    """It belongs to an account that is disabled."""

    def __str__(self) -> str:
        return "The account behind the credential is disabled."
