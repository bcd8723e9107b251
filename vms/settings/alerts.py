"""Where news may be sent, for how long it is tried, and how often the house is watched."""

from environs import validate

from vms.settings.env import env, networks, only_networks

# Webhooks go to public addresses over HTTPS. Private networks and this machine may be allowed as a whole, or one by one;
# addresses of one link, where clouds keep their metadata, only one by one.
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", False)
WEBHOOK_ALLOWED_NETWORKS = networks(env.list("WEBHOOK_ALLOWED_NETWORKS", [], validate=only_networks))
WEBHOOK_ALLOW_HTTP = env.bool("WEBHOOK_ALLOW_HTTP", False)
WEBHOOK_TIMEOUT_SECONDS = env.int("WEBHOOK_TIMEOUT_SECONDS", 10, validate=validate.Range(min=1, max=30))
WEBHOOK_DISABLE_AFTER_DAYS = env.int("WEBHOOK_DISABLE_AFTER_DAYS", 5, validate=validate.Range(min=1))
WEBHOOK_DELIVERIES_KEEP_DAYS = env.int("WEBHOOK_DELIVERIES_KEEP_DAYS", 30, validate=validate.Range(min=2))

SECURITY_WATCH_SECONDS = env.int("SECURITY_WATCH_SECONDS", 10, validate=validate.Range(min=1))
