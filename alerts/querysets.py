"""Questions about webhooks, their deliveries and security events."""

from datetime import datetime
from typing import Any, Self, TypeVar

from django.db.models import Model, QuerySet

from accounts.models import User
from accounts.scopes import Scope
from alerts.choices import SCOPE_OF

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class WebhookQuerySet(QuerySet[Row_co]):
    """Webhooks…"""

    def visible_to(self, user: Any) -> Self:
        """…that are this person's own. A token that reaches only some cameras keeps none: they tell of all of them."""
        return self.filter(owner=user) if may_keep_webhooks(user) else self.none()


class WebhookDeliveryQuerySet(QuerySet[Row_co]):
    """Deliveries…"""

    def visible_to(self, user: Any) -> Self:
        """…of this person's own webhooks, as far as the person, or the token that speaks for them, may know what they tell."""
        if not may_keep_webhooks(user):
            return self.none()
        untold = [type_ for type_, scope in SCOPE_OF.items() if not user.has_scope(scope)]
        return self.filter(webhook__owner=user).exclude(type__in=untold)

    def due_at(self, now: datetime) -> Self:
        """…to be tried at this instant, to webhooks that are in use."""
        return self.filter(next_attempt_at__lte=now, webhook__active=True, webhook__owner__is_active=True)


class SecurityQuerySet(QuerySet[Row_co]):
    """Security events and rules…"""

    def visible_to(self, user: Any) -> Self:
        """…for those who may read them."""
        if not isinstance(user, User) or not user.has_scope(Scope.SECURITY_READ):
            return self.none()
        return self if user.through is None or not user.through.restricted else self.none()


def may_keep_webhooks(user: Any) -> bool:
    """Whether this person, or what speaks for them, may have webhooks at all."""
    if not isinstance(user, User) or not user.has_scope(Scope.WEBHOOKS_WRITE):
        return False
    return user.through is None or not user.through.restricted
