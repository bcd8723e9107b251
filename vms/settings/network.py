"""Who may tell from where a request comes; how many requests are answered; from where doors may be used."""

from environs import validate

from vms.settings.env import env, env_path, networks, numbers, only_networks, only_numbers

# TLS proxies and load balancers in front of nginx; nginx and web believe X-Forwarded-For and -Proto from these alone.
TRUSTED_PROXIES = networks(env.list("TRUSTED_PROXIES", [], validate=only_networks))

# Requests a minute; 0: without limit. For each token without a limit of its own, person and address; and for each person
# (a stranger: address) and class of routes. Whatever the settings do not name stays as it is here.
_USUAL_LIMITS = {"token": 600, "person": 1800, "address": 6000, "read": 1800, "write": 600, "sign-in": 60, "export": 60}
RATE_LIMITS = _USUAL_LIMITS | numbers(env.list("RATE_LIMITS", [], validate=only_numbers(_USUAL_LIMITS)))
# What becomes of requests that cannot be counted: they are let in, or nobody is.
RATE_LIMITS_WITHOUT_REDIS = env.str("RATE_LIMITS_WITHOUT_REDIS", "allow", validate=validate.OneOf(["allow", "refuse"]))

# What becomes of those about whom no access rule says anything.
ACCESS_DEFAULT = env.str("ACCESS_DEFAULT", "allow", validate=validate.OneOf(["allow", "deny"]))
COUNTRY_DATABASE = env_path(
    "COUNTRY_DATABASE", "node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"
)
