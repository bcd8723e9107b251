"""What the floors above are told. Sent robustly, on commit."""

from django.dispatch import Signal

access_changed = Signal()
"""sender=User, user_ids: what these people may see or do is not what it was."""
