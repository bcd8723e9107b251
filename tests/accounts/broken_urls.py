"""A page that fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret detail")


urlpatterns = [path("broken/", broken)]
