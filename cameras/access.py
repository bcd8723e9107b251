"""Which camera a page is about: one that the person may see, or the same 404 for unknown and invisible ones."""

from django.http import Http404, HttpRequest

from cameras.models import Camera


def camera_or_404(request: HttpRequest, public_id: str, *, with_footage: bool = False) -> Camera:
    """The camera with its site and group; `with_footage` asks for the sight of what it recorded, too. Raises Http404."""
    rows = Camera.objects
    seen = rows.footage_visible_to(request.user) if with_footage else rows.visible_to(request.user)
    camera = seen.select_related("site", "group").filter(public_id=public_id).first()
    if camera is None:
        raise Http404("There is no such camera.")
    return camera
