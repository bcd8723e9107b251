"""The schema, and the page that lets people try it."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.access import name_lock, signed_in_required

schema = name_lock(SpectacularAPIView.as_view(), "signed-in")
# The split view keeps its script in an answer of its own, so that the page works under the content security policy.
docs = signed_in_required(SpectacularSwaggerSplitView.as_view(url_name="v1:schema", template_name="vms/api_docs.html"))
