"""What the floors above are told. Sent robustly, on commit."""

from django.dispatch import Signal

camera_enrolled = Signal()
"""sender=Camera, camera"""

camera_deactivated = Signal()
"""sender=Camera, camera: it may not publish any more (deactivated or retired)."""

camera_reactivated = Signal()
"""sender=Camera, camera: it may publish again."""

camera_status_changed = Signal()
"""sender=Camera, camera, cause"""
