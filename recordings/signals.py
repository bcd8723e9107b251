"""What the floor above is told."""

from django.dispatch import Signal

recording_opened = Signal()
"""sender=Recording, recording: its first video is in a file."""

recording_closed = Signal()
"""sender=Recording, recording"""

recorder_failed = Signal()
"""sender=Recording, camera, cause, detail: footage is being missed that was wanted."""

tier_nearly_full = Signal()
"""sender=StorageTier, tier, free_bytes, hours_left: hours_left is None until a rate is known."""

tier_has_room = Signal()
"""sender=StorageTier, tier"""

tier_not_mounted = Signal()
"""sender=StorageTier, tier, detail: nothing is recorded until the tier's disk is there again."""
