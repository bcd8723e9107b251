"""Tables of the alerts app."""

from alerts.models.security_event import SecurityEvent
from alerts.models.security_rule import SecurityRule
from alerts.models.token_country import TokenCountry
from alerts.models.webhook import Webhook
from alerts.models.webhook_delivery import WebhookDelivery

__all__ = ["SecurityEvent", "SecurityRule", "TokenCountry", "Webhook", "WebhookDelivery"]
