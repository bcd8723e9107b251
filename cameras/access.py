"""Which camera a page is about: one that the person may see, or the same 404 for unknown and invisible ones."""

from django.http import Http404, HttpRequest

from cameras.models import Camera


def camera_or_404(request: HttpRequest, public_id: str) -> Camera:
    """The camera with its site and group. Raises Http404."""
    cameras = Camera.objects.visible_to(request.user).select_related("site", "group")
    camera = cameras.filter(public_id=public_id).first()
    if camera is None:
        raise Http404("There is no such camera.")
    return camera
