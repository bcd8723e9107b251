"""Signing in: how many failures are too many, and what django-allauth is told."""

from environs import validate

from vms.settings.env import env

SIGN_IN_FAILURES_PER_EMAIL = env.int("SIGN_IN_FAILURES_PER_EMAIL", 5, validate=validate.Range(min=1))
SIGN_IN_FAILURES_PER_ADDRESS = env.int("SIGN_IN_FAILURES_PER_ADDRESS", 30, validate=validate.Range(min=1))
SIGN_IN_LOCKOUT_SECONDS = env.int("SIGN_IN_LOCKOUT_SECONDS", 900, validate=validate.Range(min=1))

# What people are is told by accounts.User alone: nobody signs up, and e-mail addresses are confirmed by our own mail.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
