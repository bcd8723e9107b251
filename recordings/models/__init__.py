"""Tables of the recordings app."""

from recordings.models.interruption import Interruption
from recordings.models.recording import Recording
from recordings.models.recording_location import RecordingLocation
from recordings.models.recording_policy import RecordingPolicy
from recordings.models.storage_tier import StorageTier

__all__ = ["Interruption", "Recording", "RecordingLocation", "RecordingPolicy", "StorageTier"]
