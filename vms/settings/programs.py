"""Programs that sign in for a person: JSON Web Tokens (RFC 7519), and how long each is good."""

from datetime import timedelta
from hashlib import sha512

from environs import validate

from vms.settings.env import env, env_secret

# A key of its own, so that none is shared by what Django signs and what programs hold: as long as HS512 asks for.
JWT_KEY = (
    env_secret("JWT_KEY", "") or sha512(b"vms json web tokens " + env_secret("SECRET_KEY", "").encode()).hexdigest()
)
JWT_SIGN_IN_LIFETIME = timedelta(seconds=env.int("JWT_SIGN_IN_SECONDS", 7776000, validate=validate.Range(min=1)))

SIMPLE_JWT = {
    "SIGNING_KEY": JWT_KEY,
    "ALGORITHM": env.str("JWT_ALGORITHM", "HS256", validate=validate.OneOf(["HS256", "HS384", "HS512"])),
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=env.int("JWT_ACCESS_SECONDS", 300, validate=validate.Range(min=1))),
    "REFRESH_TOKEN_LIFETIME": timedelta(
        seconds=env.int("JWT_REFRESH_SECONDS", 1209600, validate=validate.Range(min=1))
    ),
    "ISSUER": "vms",
    "USER_ID_CLAIM": "sub",
}
