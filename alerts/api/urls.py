"""Addresses of webhooks and security events in the API."""

from rest_framework.routers import SimpleRouter

from alerts.api.webhooks import WebhookDeliveryViewSet, WebhookViewSet

router = SimpleRouter()
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register("webhook-deliveries", WebhookDeliveryViewSet, basename="webhook-delivery")

urlpatterns = router.urls
