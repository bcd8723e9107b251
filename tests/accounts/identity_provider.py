"""A real provider of OpenID Connect on a port of this machine, which writes down what it is asked."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import flask
import httpx2
from django.test import Client
from werkzeug.serving import make_server

from accounts.models import User
from tests.accounts.people_at_the_door import is_in


@dataclass
class Provider:
    """`people`: subjects and their claims. `altered`, when set, goes over the token endpoint's answers."""

    url: str
    token_requests: list[dict[str, str]] = field(default_factory=list)
    altered: Any = None

    def knows(self, subject: str, **claims: Any) -> None:
        """Somebody has an account there."""
        httpx2.put(f"{self.url}/users/{subject}", json=claims).raise_for_status()

    def let_in(self, address: str, subject: str) -> str:
        """What somebody does in the browser there; gives where the browser is sent."""
        answer = httpx2.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running_provider(port: int = 0) -> Iterator[Provider]:
    """The provider, until the block ends."""
    app = _application()
    server = make_server("localhost", port, app, threaded=True)
    provider = Provider(f"http://localhost:{server.server_port}")

    @app.before_request
    def write_down() -> None:
        if flask.request.path == "/oauth2/token":
            provider.token_requests.append(flask.request.form.to_dict())

    @app.after_request
    def alter(response: flask.Response) -> flask.Response:
        if provider.altered is not None and flask.request.path == "/oauth2/token":
            response.set_data(provider.altered(response.get_json()))
        return response

    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _application() -> flask.Flask:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock

        return oidc_provider_mock.app()


def asked(browser: Client, page: str = "/cameras/") -> str:
    """Where the browser is sent, with the question."""
    answer = browser.get("/sign-in/elsewhere/", {"next": page})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def sign_in(provider: Provider, subject: str, browser: Client | None = None) -> tuple[Client, Any]:
    browser = browser or Client()
    back = provider.let_in(asked(browser), subject)
    return browser, browser.get(path_of(back))


def know(provider: Provider, user: User, subject: str = "u1", **claims: Any) -> str:
    facts = {"email": user.email, "email_verified": True, "name": "Vera", "groups": ["vms-guards"], **claims}
    provider.knows(subject, **facts)
    return subject


def refused(answer: Any, browser: Client, status: int) -> None:
    assert answer.status_code == status
    assert not is_in(browser)
    assert "You are not signed in" in answer.content.decode()
