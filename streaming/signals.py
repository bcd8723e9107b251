"""What the floors above are told. Sent robustly, on commit."""

from django.dispatch import Signal

publishes_started = Signal()
"""sender=PublishSession, sessions: admitted at one moment, each of another camera; nothing has flowed yet."""

publishes_ended = Signal()
"""sender=PublishSession, sessions: ended at one moment, each for its own reason."""
