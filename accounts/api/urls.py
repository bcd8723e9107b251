"""Addresses of people, roles and all that belongs to them in the API."""

from django.urls import path
from django.urls.resolvers import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from accounts.api import program_sign_in
from accounts.api.access_rules import AccessRuleViewSet
from accounts.api.api_calls import ApiCallViewSet, ApiUsageViewSet
from accounts.api.audit import AuditEntryViewSet
from accounts.api.program_sessions import ProgramSessionViewSet
from accounts.api.roles import RoleViewSet, ScopeViewSet
from accounts.api.sign_in_attempts import SignInAttemptViewSet
from accounts.api.user_groups import MemberViewSet, UserGroupViewSet
from accounts.api.users import OwnUserViewSet, UserViewSet

router = SimpleRouter()
router.register("audit", AuditEntryViewSet, basename="audit-entry")
router.register("sign-in-attempts", SignInAttemptViewSet, basename="sign-in-attempt")
router.register("api-calls", ApiCallViewSet, basename="api-call")
router.register("users", UserViewSet, basename="user")
router.register("roles", RoleViewSet, basename="role")
router.register("scopes", ScopeViewSet, basename="scope")
router.register("user-groups", UserGroupViewSet, basename="user-group")
router.register("access-rules", AccessRuleViewSet, basename="access-rule")
router.register("program-sessions", ProgramSessionViewSet, basename="program-session")

urlpatterns: list[URLPattern | URLResolver] = [
    path("api-usage/", ApiUsageViewSet.as_view({"get": "retrieve"}), name="api-usage"),
    path("auth/token/", program_sign_in.sign_in, name="program-sign-in"),
    path("auth/token/refresh/", program_sign_in.refresh, name="program-refresh"),
    path("auth/token/logout/", program_sign_in.sign_out, name="program-sign-out"),
    path("users/me/", OwnUserViewSet.as_view({"get": "retrieve"}, detail=True), name="own-user"),
    path(
        "user-groups/<int:group_id>/members/",
        MemberViewSet.as_view({"get": "list", "post": "create"}),
        name="user-group-members",
    ),
    path(
        "user-groups/<int:group_id>/members/<int:pk>/",
        MemberViewSet.as_view({"delete": "destroy"}),
        name="user-group-member",
    ),
    *router.urls,
]
