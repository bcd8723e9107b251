"""The admin site's title, and its sign-in door, which is the portal's."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect


class VmsAdminSite(AdminSite):
    """Django's admin under the product's name."""

    site_header = "VMS administration"
    site_title = "VMS"
    index_title = "Administration"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take pages that stand on the audited base. Those that packages bring are left out: they write past the verbs."""
        from accounts.audited_admin import AuditedModelAdmin  # noqa: PLC0415  (needs loaded models)

        if admin_class is not None and issubclass(admin_class, AuditedModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseRedirect:
        """Send strangers to the portal's sign-in page: one door, one set of rules.

        Raises PermissionDenied for somebody who is signed in: that page would send them straight back here.
        """
        from django.contrib.auth.views import redirect_to_login  # noqa: PLC0415  (needs loaded models)

        if request.user.is_authenticated:
            raise PermissionDenied("Your role does not open the administration. Ask an administrator.")
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def logout(  # type: ignore[override]  # Django itself answers with a redirect, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Close the session by the portal's own door, which says so in the audit."""
        from accounts.views.sign_in import sign_out  # noqa: PLC0415  (needs loaded models)

        answer: HttpResponseBase = sign_out(request)
        return answer


class VmsAdminConfig(AdminConfig):
    """Makes VmsAdminSite the site that every app registers with."""

    default_site = "vms.admin_site.VmsAdminSite"
