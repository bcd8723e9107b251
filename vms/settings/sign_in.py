"""Signing in: how many failures are too many, and what django-allauth is told."""

from typing import cast

from environs import ValidationError, validate

from vms.settings.env import env, env_secret

SIGN_IN_FAILURES_PER_EMAIL = env.int("SIGN_IN_FAILURES_PER_EMAIL", 5, validate=validate.Range(min=1))
SIGN_IN_FAILURES_PER_ADDRESS = env.int("SIGN_IN_FAILURES_PER_ADDRESS", 30, validate=validate.Range(min=1))
SIGN_IN_LOCKOUT_SECONDS = env.int("SIGN_IN_LOCKOUT_SECONDS", 900, validate=validate.Range(min=1))


def _only_words(value: object) -> None:
    if not isinstance(value, dict) or not all(isinstance(role, str) for role in value.values()):
        raise ValidationError('Write an object of groups and roles: {"vms-admins": "admin"}')


# What people are is told by accounts.User alone: nobody signs up, and e-mail addresses are confirmed by our own mail.
ACCOUNT_ADAPTER = "accounts.adapters.PortalAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]

# Letters that reset a password are good for this long.
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_SECONDS", 3600, validate=validate.Range(min=60))
ELEVATION_SECONDS = env.int("ELEVATION_SECONDS", 900, validate=validate.Range(min=30))

# Single sign-on with any provider of OpenID Connect.
OIDC_DISCOVERY_URL = env.str("OIDC_DISCOVERY_URL", "")
OIDC_NAME = env.str("OIDC_NAME", "single sign-on")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env_secret("OIDC_CLIENT_SECRET", "")
OIDC_SCOPES = env.list("OIDC_SCOPES", ["openid", "email", "profile"])
OIDC_GROUP_CLAIM = env.str("OIDC_GROUP_CLAIM", "groups")
OIDC_ROLES = cast(dict[str, str], env.json("OIDC_ROLES", {}, validate=_only_words))
OIDC_USUAL_ROLE = env.str("OIDC_USUAL_ROLE", "")
OIDC_NEW_ACCOUNTS = env.bool("OIDC_NEW_ACCOUNTS", False)
OIDC_EMAILS_ARE_VERIFIED = env.bool("OIDC_EMAILS_ARE_VERIFIED", False)
OIDC_ONLY = env.bool("OIDC_ONLY", False)
