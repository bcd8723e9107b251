"""Tables of the cameras app."""

from cameras.models.camera import Camera
from cameras.models.camera_group import CameraGroup
from cameras.models.grant import Grant
from cameras.models.site import Site
from cameras.models.status_change import StatusChange
from cameras.models.token_reach import TokenReach

__all__ = ["Camera", "CameraGroup", "Grant", "Site", "StatusChange", "TokenReach"]
