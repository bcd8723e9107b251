"""Each request has an id that its answer, its audit entries and the proxy's log agree on."""

import pytest
from django.test import AsyncClient, Client

pytestmark = pytest.mark.django_db


def test_a_well_formed_id_comes_back() -> None:
    assert Client().get("/healthz", headers={"X-Request-ID": "abc-123.DEF_4"})["X-Request-ID"] == "abc-123.DEF_4"


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, "with space in it", "<script>alert</script>", "ünïcödé-id"])
def test_anything_else_is_replaced(offered: str) -> None:
    first = Client().get("/healthz", headers={"X-Request-ID": offered})["X-Request-ID"]
    second = Client().get("/healthz", headers={"X-Request-ID": offered})["X-Request-ID"]

    assert len(first) == len(second) == 32
    assert first != second


def test_an_answer_that_is_no_page_has_an_id_too() -> None:
    assert len(Client().get("/no-such-page")["X-Request-ID"]) == 32


async def test_the_id_comes_back_when_the_server_is_asynchronous() -> None:
    answer = await AsyncClient().get("/sign-in/", headers={"X-Request-ID": "visit-0001"})

    assert answer["X-Request-ID"] == "visit-0001"


def test_a_probe_needs_no_credentials_and_learns_nothing() -> None:
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")
