"""More of the cast, for what is about keys."""

from collections.abc import Callable

import pytest

from accounts.audit import SYSTEM
from accounts.models import Role, User
from cameras import places
from cameras.models import Site


@pytest.fixture
def installer(make_user: Callable[..., User], site: Site) -> User:
    """May handle the keys of cameras on `site`, and of no others."""
    Role.objects.create(name="installer", label="Installer", scopes=["cameras:read", "stream-keys:write"])
    user = make_user("installer")
    places.grant_view(user=user, site=site, actor=SYSTEM)
    return user
