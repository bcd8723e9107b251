"""Webhooks and their deliveries: shapes, filters and the viewsets."""

from datetime import timedelta
from typing import Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import VisibleRelatedField, WholeNumber
from accounts.api.filters import FilterSet, InstantFilter, StableOrdering, Switch
from accounts.api.pagination import NewestFirst
from accounts.api.permissions import Elevated
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.scopes import Scope
from alerts import delivering, webhooks
from alerts.choices import SUBSCRIBABLE, DeliveryState, EventType
from alerts.models import Webhook, WebhookDelivery
from alerts.webhooks import LONGEST_OVERLAP, KeyedWebhook
from cameras.models import CameraGroup, Site

_NO_STORE = {"Cache-Control": "no-store"}  # a secret must not stay in anybody's cache
_SCOPES = dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), Scope.WEBHOOKS_WRITE)


class WebhookSerializer(RowSerializer[Webhook]):
    """An address that is told what happens."""

    events = serializers.ListField(
        child=serializers.ChoiceField(choices=SUBSCRIBABLE),
        min_length=1,
        max_length=len(SUBSCRIBABLE),
        help_text="What it is told of",
    )
    site = VisibleRelatedField(
        queryset=Site.objects.all(), allow_null=True, required=False, help_text="Only cameras of this site"
    )
    group = VisibleRelatedField(
        queryset=CameraGroup.objects.all(),
        allow_null=True,
        required=False,
        help_text="Only cameras of this camera group, and the groups inside it",
    )

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = (
            *("id", "name", "url", "events", "site", "group", "active"),
            *("failing_since", "disabled_at", "previous_until", "created_at"),
        )
        read_only_fields = ("failing_since", "disabled_at", "previous_until", "created_at")
        extra_kwargs: ClassVar = {
            "url": {"help_text": "Over HTTPS, to a public address unless the operator allows others"},
            "active": {"help_text": "Whether it is told anything"},
            "failing_since": {"help_text": "Since when no delivery has succeeded"},
            "disabled_at": {
                "help_text": "When it was switched off by itself: it failed for days, or said that it is gone"
            },
            "previous_until": {"help_text": "Until when deliveries are signed with the secret before this one, too"},
        }


class KeyedWebhookSerializer(WebhookSerializer):
    """A webhook with its secret."""

    secret = serializers.CharField(read_only=True, help_text="`whsec_` and the key in base64")

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")


class SecretRotationSerializer(serializers.Serializer[Any]):
    """The wish for a new secret."""

    overlap_seconds = WholeNumber(
        required=False,
        default=86400,
        min_value=0,
        max_value=int(LONGEST_OVERLAP.total_seconds()),
        help_text="For how long deliveries are signed with the secret before this one, too",
    )


class WebhookDeliverySerializer(RowSerializer[WebhookDelivery]):
    """A piece of news for one webhook, and what came of the last attempt."""

    class Meta:
        model = WebhookDelivery
        fields = (
            *("id", "webhook", "event_id", "type", "body", "at", "state", "attempts", "next_attempt_at"),
            *("attempted_at", "status", "duration_ms", "response_start", "error"),
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "event_id": {"help_text": "The `webhook-id`: the same in every attempt, and for every webhook"},
            "body": {"help_text": "The JSON that is sent, as text"},
            "next_attempt_at": {"help_text": "Null when it is over"},
            "status": {"help_text": "The HTTP status; null when nobody answered"},
            "response_start": {"help_text": "The beginning of the answer"},
            "error": {"help_text": "Why nobody answered"},
        }


class WebhookFilterSet(FilterSet):
    """State and order of webhooks."""

    active = Switch(help_text="Whether it is told anything")
    ordering = StableOrdering(fields=["name", "created_at"])

    class Meta:
        model = Webhook
        fields = ("active", "ordering")


class WebhookDeliveryFilterSet(FilterSet):
    """Of which webhook, of what, when, with what outcome."""

    webhook = filters.ModelChoiceFilter(
        queryset=lambda request: Webhook.objects.visible_to(request.user), help_text="The webhook's number"
    )
    state = filters.ChoiceFilter(choices=DeliveryState.choices, help_text="What became of it")
    type = filters.ChoiceFilter(choices=EventType.choices, help_text="What it tells of")
    since = InstantFilter(field_name="at", lookup_expr="gte", help_text="From this instant on")
    until = InstantFilter(field_name="at", lookup_expr="lt", help_text="Before this instant")

    class Meta:
        model = WebhookDelivery
        fields = ("webhook", "type", "state", "since", "until")


@extend_schema(tags=["webhooks"])
@extend_schema_view(
    list=extend_schema(summary="List webhooks", description="Your own."),
    retrieve=extend_schema(summary="Read a webhook"),
    partial_update=extend_schema(
        summary="Change a webhook", description="Switched on again, it is no longer taken as failing."
    ),
    destroy=extend_schema(summary="Remove a webhook", description="The log of its deliveries goes with it."),
)
class WebhookViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """Addresses of yours that are told what happens, as far as you may know of it."""

    queryset = Webhook.objects.order_by("name", "pk")
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilterSet
    lookup_value_regex = "[0-9]{1,18}"
    answered_once = frozenset({"create", "rotate_secret", "test"})
    required_scopes = _SCOPES

    def get_permissions(self) -> list[Any]:
        """Whoever gets a secret in a browser is elevated."""
        with_secret = self.action in ("create", "rotate_secret", "secret")
        return [*super().get_permissions(), *([Elevated()] if with_secret else [])]

    @extend_schema(summary="Add a webhook", request=WebhookSerializer, responses={201: KeyedWebhookSerializer})
    def create(self, request: Request) -> Response:
        """The answer holds its secret. With the portal's session it needs an elevation."""
        wish = self.get_serializer(data=request.data)
        wish.is_valid(raise_exception=True)
        return self._with_secret(webhooks.add(actor=actor_of(request), **wish.validated_data), status.HTTP_201_CREATED)

    def perform_update(self, serializer: Any) -> None:
        """Change what was sent."""
        facts = serializer.validated_data
        serializer.instance = webhooks.edit(serializer.instance, actor=actor_of(self.request), **facts)

    def perform_destroy(self, instance: Webhook) -> None:
        """Remove it."""
        webhooks.remove(instance, actor=actor_of(self.request))

    @extend_schema(summary="Send a test", request=None, responses={202: WebhookDeliverySerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """News of the type `webhook.test`, which goes out within seconds; its delivery tells what came of it."""
        delivery = delivering.send_test(self.get_object(), actor=actor_of(request))
        return Response(WebhookDeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="Rotate the secret of a webhook", request=SecretRotationSerializer, responses=KeyedWebhookSerializer
    )
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """A new secret. For a while, a day unless told, deliveries carry a signature for the one before it, too."""
        wish = SecretRotationSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        overlap = timedelta(seconds=wish.validated_data["overlap_seconds"])
        keyed = webhooks.rotate_secret(self.get_object(), actor=actor_of(request), overlap=overlap)
        return self._with_secret(keyed, status.HTTP_200_OK)

    @extend_schema(summary="Read the secret of a webhook", responses=KeyedWebhookSerializer)
    @action(detail=True, methods=["get"])
    def secret(self, request: Request, pk: str) -> Response:
        """Written into the audit. With the portal's session it needs an elevation."""
        keyed = webhooks.show_secret(self.get_object(), actor=actor_of(request))
        return self._with_secret(keyed, status.HTTP_200_OK)

    def _with_secret(self, keyed: KeyedWebhook, status_code: int) -> Response:
        told = {**self.get_serializer(keyed.webhook).data, "secret": keyed.secret}
        return Response(told, status=status_code, headers=_NO_STORE)


class _NewestDeliveries(NewestFirst):
    ordering = ("-at", "-pk")


@extend_schema(tags=["webhooks"])
@extend_schema_view(
    list=extend_schema(summary="List deliveries", description="To your own webhooks."),
    retrieve=extend_schema(summary="Read a delivery"),
)
class WebhookDeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """What was, or is to be, sent to your webhooks, and what came of it."""

    queryset = WebhookDelivery.objects.all()
    serializer_class = WebhookDeliverySerializer
    filterset_class = WebhookDeliveryFilterSet
    pagination_class = _NewestDeliveries
    lookup_value_regex = "[0-9]{1,18}"
    required_scopes = {"GET": Scope.WEBHOOKS_WRITE, "POST": Scope.WEBHOOKS_WRITE}

    @extend_schema(summary="Deliver again", request=None, responses={202: WebhookDeliverySerializer})
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, pk: str) -> Response:
        """Once more, within seconds, under the same id, whatever came of it before."""
        delivery = delivering.redeliver(self.get_object(), actor=actor_of(request))
        return Response(WebhookDeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)
