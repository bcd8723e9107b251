"""Pages of the alerts app."""

from django.urls import path

from alerts.views import security, webhooks

app_name = "alerts"
urlpatterns = [
    path("administration/webhooks/", webhooks.webhook_list, name="webhooks"),
    path("administration/webhooks/add/", webhooks.add_webhook, name="add-webhook"),
    path("administration/webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("administration/webhooks/<int:pk>/edit/", webhooks.edit_webhook, name="edit-webhook"),
    path("administration/webhooks/<int:pk>/remove/", webhooks.remove_webhook, name="remove-webhook"),
    path("administration/webhooks/<int:pk>/rotate/", webhooks.rotate_secret, name="rotate-webhook"),
    path("administration/webhooks/<int:pk>/secret/", webhooks.show_secret, name="webhook-secret"),
    path("administration/webhooks/<int:pk>/test/", webhooks.send_test, name="test-webhook"),
    path("administration/webhooks/deliveries/<int:pk>/again/", webhooks.redeliver, name="redeliver"),
    path("administration/security/", security.events, name="security-events"),
    path("administration/security/<int:pk>/acknowledge/", security.acknowledge, name="acknowledge-event"),
    path("administration/security/<int:pk>/undo/", security.undo, name="undo-response"),
    path("administration/security/rules/", security.rules, name="security-rules"),
    path("administration/security/rules/<slug:name>/", security.edit_rule, name="edit-security-rule"),
]
