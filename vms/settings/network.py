"""Proxies in front: who may tell from where a request comes."""

from vms.settings.env import env, networks, only_networks

# TLS proxies and load balancers in front of nginx; nginx and web believe X-Forwarded-For and -Proto from these alone.
TRUSTED_PROXIES = networks(env.list("TRUSTED_PROXIES", [], validate=only_networks))
