"""The schema, the page that lets people try it, and the page to read."""

import json
from functools import cache
from hashlib import sha256
from typing import Any

import yaml
from csp.constants import NONCE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import name_lock, signed_in_required
from accounts.api.permissions import IsSignedIn
from vms.settings.env import BASE_DIR

_YAML, _JSON = "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"
# Styles that Redoc adds before it is told the nonce: an empty sheet, and that of its scroll bars.
_REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)


@cache
def _text(kind: str) -> bytes:
    """The committed schema, which a test holds against the code: making it anew takes seconds."""
    text = (BASE_DIR / "vms/api/openapi-v1.yaml").read_bytes()
    return json.dumps(yaml.safe_load(text)).encode() if kind == _JSON else text


class _AnyForm(BaseContentNegotiation):
    """The view chooses by itself."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Nothing is sent here."""
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Only problems are rendered."""
        return renderers[0], renderers[0].media_type


@extend_schema(exclude=True)
class SchemaView(APIView):
    """The API's description: YAML, or JSON when Accept names it or `?format=json` asks for it."""

    permission_classes = [IsSignedIn]
    content_negotiation_class = _AnyForm
    http_method_names = ["get", "head"]

    def get(self, request: Request) -> HttpResponse:
        """The committed description."""
        wants_json = request.query_params.get("format") == "json" or "json" in request.headers.get("Accept", "")
        kind = _JSON if wants_json else _YAML
        tag = f'"{sha256(_text(kind)).hexdigest()[:32]}"'
        known = request.headers.get("If-None-Match", "")
        answer = HttpResponse(status=304) if tag in known else HttpResponse(_text(kind), content_type=kind)
        answer["ETag"] = tag
        patch_vary_headers(answer, ["Accept"])
        return answer


schema = name_lock(SchemaView.as_view(), "signed-in")
# The split view keeps its script in an answer of its own, so that the page works under the content security policy.
docs = signed_in_required(SpectacularSwaggerSplitView.as_view(url_name="v1:schema", template_name="vms/api_docs.html"))


@require_safe
@csp_update({"style-src": [NONCE, *_REDOC_STYLES]})
@signed_in_required
def reference(request: HttpRequest) -> HttpResponse:
    """The schema as a document. Redoc writes its styles at run time, so they carry a nonce."""
    return render(request, "vms/api_reference.html")
