"""The base of admin pages about cameras: rows of those that the person may see."""

from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from django.http import HttpRequest

from accounts.audit import actor_of
from accounts.audited_admin import ReadOnlyAdmin
from accounts.scopes import Scope
from cameras.models import Camera

Row = TypeVar("Row", bound=Model)


class OfCameraAdmin(ReadOnlyAdmin[Row]):
    """History of cameras, to look at. `camera_path` leads from a row to its camera."""

    read_scope = Scope.CAMERAS_READ
    write_scope = Scope.CAMERAS_WRITE
    camera_path: ClassVar[str] = "camera"
    list_select_related: ClassVar[Any] = ("camera",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those of cameras that the person may see."""
        rows, person = super().get_queryset(request), actor_of(request)
        if person.sees_every_camera:
            return rows
        return rows.filter(**{f"{self.camera_path}__in": Camera.objects.visible_to(person)})
