"""A page, or the one part of it that htmx asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def page_or_part(
    request: HttpRequest, template: str, context: dict[str, Any], *, part: str, status: int = 200
) -> HttpResponse:
    """The whole template, or its partial `part`. Browsers may keep both under one address, so the answer varies."""
    htmx = HtmxDetails(request)
    wanted = f"{template}#{part}" if htmx and not htmx.boosted else template
    response = render(request, wanted, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
