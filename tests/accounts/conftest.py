"""What several subjects of accounts need."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.accounts.identity_provider import Provider, running_provider


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(server: Provider, db: None, settings: Any) -> Provider:
    """Set up for single sign-on; groups give roles."""
    settings.OIDC_DISCOVERY_URL = server.url
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "vms", "secret"
    settings.OIDC_NAME = "Acme"
    settings.OIDC_ROLES = {"vms-admins": "admin", "vms-guards": "viewer"}
    server.token_requests.clear()
    server.altered = None
    return server
