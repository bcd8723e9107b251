"""Addresses of webhooks and security events in the API."""

from rest_framework.routers import SimpleRouter

from alerts.api.security import SecurityEventViewSet, SecurityRuleViewSet
from alerts.api.webhooks import WebhookDeliveryViewSet, WebhookViewSet

router = SimpleRouter()
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register("webhook-deliveries", WebhookDeliveryViewSet, basename="webhook-delivery")
router.register("security-events", SecurityEventViewSet, basename="security-event")
router.register("security-rules", SecurityRuleViewSet, basename="security-rule")

urlpatterns = router.urls
