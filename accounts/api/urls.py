"""Addresses of people, roles and all that belongs to them in the API."""

from django.urls.resolvers import URLPattern
from rest_framework.routers import SimpleRouter

router = SimpleRouter()

urlpatterns: list[URLPattern] = [
    *router.urls,
]
