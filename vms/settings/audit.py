"""What is written down of what people and programs do, and for how long it is kept."""

from environs import validate

from vms.settings.env import env

_DAYS = validate.Range(min=0)

# 0 keeps for ever.
AUDIT_KEEP_DAYS = env.int("AUDIT_KEEP_DAYS", 0, validate=_DAYS)
API_CALLS_KEEP_DAYS = env.int("API_CALLS_KEEP_DAYS", 30, validate=_DAYS)
SIGN_IN_ATTEMPTS_KEEP_DAYS = env.int("SIGN_IN_ATTEMPTS_KEEP_DAYS", 180, validate=_DAYS)
PUBLISH_ATTEMPTS_KEEP_DAYS = env.int("PUBLISH_ATTEMPTS_KEEP_DAYS", 90, validate=_DAYS)

AUDIT_SEAL_SECONDS = env.int("AUDIT_SEAL_SECONDS", 3, validate=validate.Range(min=1))
API_LOG_BODIES = env.bool("API_LOG_BODIES", False)

# What was changed in a row is written by accounts.model_diffs, which also knows who changed it.
AUDITLOG_STORE_JSON_CHANGES = False
AUDITLOG_CID_GETTER = "accounts.audit.request_id"
AUDITLOG_DISABLE_ON_RAW_SAVE = True
