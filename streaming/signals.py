"""What the floors above are told. Sent robustly, on commit."""

from django.dispatch import Signal

publish_started = Signal()
"""sender=PublishSession, session: admitted; nothing has flowed yet."""

publish_ended = Signal()
"""sender=PublishSession, session"""
