"""The schema and the page that lets people try it."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User

DOCS = "/api/v1/docs/"
SCHEMA = "/api/v1/schema/"


class Elements(HTMLParser):
    """Every element of a page with its attributes, and what is written inside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found, self.inline = [], []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style") and data.strip():
            self.inline.append(data)


@pytest.fixture
def page(page_of: Callable[[User], Client], viewer: User) -> HttpResponse:
    """The documentation page as a viewer sees it."""
    answer = page_of(viewer).get(DOCS)
    assert answer.status_code == 200
    return answer


def test_the_page_has_nothing_that_the_content_security_policy_refuses(page: HttpResponse) -> None:
    assert "script-src 'self'" in page["Content-Security-Policy"]
    elements = Elements()
    elements.feed(page.content.decode())
    assert elements.inline == []
    for tag, attributes in elements.found:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        source = attributes.get("src") or attributes.get("href") or "/"
        assert source.startswith("/")


def test_everything_the_page_loads_is_there(
    page: HttpResponse, page_of: Callable[[User], Client], viewer: User
) -> None:
    elements = Elements()
    elements.feed(page.content.decode())
    sources = [attributes.get("src") or attributes.get("href") for _, attributes in elements.found]
    static = [source.removeprefix("/static/") for source in sources if source and source.startswith("/static/")]
    assert len(static) == 4
    assert all(finders.find(path) for path in static)
    [script] = [source for source in sources if source and source.startswith(DOCS)]
    answer = page_of(viewer).get(script)
    assert answer["Content-Type"].startswith("application/javascript")
    assert f'url: "{SCHEMA}"' in answer.content.decode().replace("\\u002D", "-")
    assert "validator.swagger.io" not in answer.content.decode()


def test_the_schema_is_served_to_people_who_are_signed_in(api_of: Callable[..., APIClient], viewer: User) -> None:
    answer = api_of(viewer).get(SCHEMA)
    assert answer.status_code == 200
    assert answer.content.startswith(b"openapi: 3.1.0")
    assert api_of(viewer).get(SCHEMA, HTTP_ACCEPT="application/json").json()["info"]["title"] == "VMS API"


def test_a_stranger_gets_no_schema(problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(SCHEMA), 401, "not-signed-in")


def test_a_stranger_is_led_to_the_sign_in_page_and_back(client: Client, db: None) -> None:
    answer = client.get(DOCS)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={DOCS}")


@pytest.mark.parametrize("url", [DOCS, SCHEMA])
def test_documentation_cannot_be_written(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]], url: str
) -> None:
    problem_of(api_of(admin).post(url, {}), 405, "method-not-allowed")
