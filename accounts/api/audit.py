"""The audit: shape, filters and viewset."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit_chain, audit_export, model_diffs
from accounts.api.filters import AddressFilter, FilterSet, InstantFilter
from accounts.api.pagination import NewestFirst
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.audit_search import having_words
from accounts.models import AuditEntry
from accounts.scopes import Scope


class ChangedFieldSerializer(serializers.Serializer[Any]):
    """A field of a row, before and after."""

    field = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class ChangedRowSerializer(serializers.Serializer[Any]):
    """What became of a row."""

    target_type = serializers.CharField()
    target_id = serializers.CharField()
    target_label = serializers.CharField()
    action = serializers.CharField(help_text="create, update or delete")
    changed = ChangedFieldSerializer(many=True)


class AuditEntrySerializer(RowSerializer[AuditEntry]):
    """One thing that somebody did."""

    number = serializers.SerializerMethodField(
        help_text="Its place in the chain; null for seconds after it was written"
    )
    digest = serializers.SerializerMethodField(help_text="SHA-256 over the digest before it and this entry")
    changes = serializers.SerializerMethodField(
        help_text="How the row that it is about changed; of a single entry, every row that changed during the request"
    )
    data = serializers.JSONField(  # type: ignore[assignment]  # declared fields hide nothing at run time
        help_text="What belongs to the verb; before and after where a fact changed"
    )

    class Meta:
        model = AuditEntry
        fields = audit_export.COLUMNS

    def get_number(self, entry: AuditEntry) -> int | None:
        """The seal's number."""
        seal: Any = getattr(entry, "seal", None)
        return seal.number if seal else None

    def get_digest(self, entry: AuditEntry) -> str | None:
        """The seal's digest."""
        seal: Any = getattr(entry, "seal", None)
        return seal.digest if seal else None

    @extend_schema_field(ChangedRowSerializer(many=True))
    def get_changes(self, entry: AuditEntry) -> list[dict[str, Any]]:
        """What the viewset has found for all entries of the page at once."""
        return [model_diffs.told(diff) for diff in self.context["diffs"].get(entry.pk, ())]


class HeadSerializer(serializers.Serializer[Any]):
    """The last place in the chain. Kept elsewhere, it proves later that nothing up to it was altered or cut off."""

    number = serializers.IntegerField(allow_null=True, help_text="Null before the first entry was sealed")
    digest = serializers.CharField(allow_null=True)


class AuditFilterSet(FilterSet):
    """Who did what to what, through which door, from where, when."""

    actor = filters.NumberFilter(field_name="actor_id", help_text="The number of the person who did it")
    token = filters.NumberFilter(field_name="token_id", help_text="The number of the API token it was done with")
    target_type = filters.CharFilter(max_length=60, help_text="What kind of row it is about: cameras.camera")
    target_id = filters.CharFilter(max_length=60, help_text="The number of that row")
    address = AddressFilter(help_text="The address it was done from")
    request_id = filters.CharFilter(max_length=64, help_text="The X-Request-ID of the request during which it was done")
    after = InstantFilter(field_name="at", lookup_expr="gte", help_text="Done at this instant or later")
    before = InstantFilter(field_name="at", lookup_expr="lt", help_text="Done before this instant")
    q = filters.CharFilter(
        method="search", max_length=200, help_text="Words in the names of actor and target, and in data"
    )

    class Meta:
        model = AuditEntry
        fields = (
            *("actor", "verb", "target_type", "target_id", "door", "token"),
            *("address", "request_id"),
            "after",
            "before",
            "q",
        )

    def search(self, queryset: Any, name: str, value: str) -> Any:
        """Entries in which every word occurs."""
        return having_words(queryset, value)


class ByInstant(NewestFirst):
    """What happened, the newest first."""

    ordering = ("-at", "-pk")


class _Csv(BaseRenderer):
    """Lets a client say that it takes CSV; the export writes itself."""

    media_type, format = "text/csv", "csv"


class _JsonLines(_Csv):
    """Lets a client say that it takes JSON lines."""

    media_type, format = "application/x-ndjson", "jsonl"


@extend_schema(tags=["audit"])
@extend_schema_view(
    list=extend_schema(summary="Search the audit"),
    retrieve=extend_schema(summary="Read an entry of the audit"),
)
class AuditEntryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Who did what. Entries are written with the change they tell of, and chained: none can be altered unnoticed."""

    queryset = AuditEntry.objects.select_related("seal")
    serializer_class = AuditEntrySerializer
    other_parameters = frozenset({"format"})  # of the export
    filterset_class = AuditFilterSet
    pagination_class = ByInstant
    lookup_value_regex = "[0-9]+"
    required_scopes: ClassVar = {"GET": Scope.AUDIT_READ}

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page, and by one query how the rows changed that its entries are about."""
        page = super().paginate_queryset(queryset)
        self.diffs = model_diffs.diffs_of_targets(page or ())
        return page

    def get_object(self) -> Any:
        """An entry, and everything that changed during its request."""
        entry = super().get_object()
        self.diffs = {entry.pk: list(model_diffs.diffs_of_request(entry.request_id)) if entry.request_id else []}
        return entry

    def get_serializer_context(self) -> dict[str, Any]:
        """With the diffs of what is told."""
        return {**super().get_serializer_context(), "diffs": getattr(self, "diffs", {})}

    @extend_schema(summary="Read the head of the audit's chain", filters=False, responses=HeadSerializer)
    @action(detail=False, url_path="head", pagination_class=None)
    def chain_head(self, request: Request) -> Response:
        """Number and digest of the last sealed entry. `manage.py verify_audit --expect number:digest` takes it."""
        head = audit_chain.head()
        facts = {"number": head.number, "digest": head.digest} if head else {"number": None, "digest": None}
        return Response(facts, headers={"Cache-Control": "no-store"})

    @extend_schema(
        summary="Export the audit",
        parameters=[OpenApiParameter("format", str, enum=[*audit_export.FORMATS], description="jsonl unless told")],
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR, (200, "text/csv"): OpenApiTypes.STR},
    )
    @action(
        detail=False,
        pagination_class=None,
        renderer_classes=[JSONRenderer, _JsonLines, _Csv],
        route_class="export",
    )
    def export(self, request: Request) -> StreamingHttpResponse:
        """All entries that fit, the newest first, as JSON lines or CSV. They are streamed; the export itself is audited."""
        form = request.query_params.get("format", "jsonl")
        if form not in audit_export.FORMATS:
            raise ValidationError({"format": f"Write one of {', '.join(audit_export.FORMATS)}."}, code="format")
        entries = self.filter_queryset(self.get_queryset())
        criteria = {
            name: str(text) for name, text in request.query_params.items() if name in AuditFilterSet.base_filters
        }
        pieces = audit_export.begin(entries, form=form, criteria=criteria, actor=actor_of(request))
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(
            _as_served(request._request, pieces), content_type=audit_export.FORMATS[form], headers=headers
        )


def _as_served(request: Any, pieces: Iterator[str]) -> Iterator[str] | AsyncIterator[str]:
    """An ASGI server would gather a plain iterator whole before it sends the first byte."""
    return _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces


async def _one_by_one(pieces: Iterator[str]) -> AsyncIterator[str]:
    take = sync_to_async(lambda: next(pieces, None))
    while (piece := await take()) is not None:
        yield piece
