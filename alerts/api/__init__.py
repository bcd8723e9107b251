"""Webhooks and security events in the API."""
