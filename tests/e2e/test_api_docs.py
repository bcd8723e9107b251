"""The API's description in a browser: tried out with the portal's session and with a token, and read."""

from collections.abc import Callable
from uuid import uuid4

import httpx2
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import PASSWORD


def opened(page: Page, operation: str) -> Locator:
    """An operation of the page, ready to be sent."""
    block = page.locator(f'[id$="-{operation}"]')
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    return block


def answer_to(block: Locator) -> Locator:
    """Send it; the row of the answer."""
    block.get_by_role("button", name="Execute").click()
    return block.locator(".live-responses-table .response")


def test_operations_are_tried_out_with_the_portals_session(page_of: Callable[[str], Page]) -> None:
    page = page_of("operator")
    page.goto("/api/v1/docs/")
    name = f"Depot {uuid4().hex[:6]}"

    reading = answer_to(opened(page, "cameras_list"))
    expect(reading.locator(".response-col_status")).to_contain_text("200", timeout=15_000)

    block = opened(page, "sites_create")
    block.locator("textarea.body-param__text").fill(f'{{"name": "{name}"}}')
    writing = answer_to(block)
    expect(writing.locator(".response-col_status")).to_contain_text("201", timeout=15_000)
    expect(writing).to_contain_text(name)


def test_operations_are_tried_out_with_a_token(page_of: Callable[[str], Page], portal: str) -> None:
    page = page_of("operator")
    body = {"email": "viewer@vms.example", "password": PASSWORD}
    token = httpx2.post(f"{portal}/api/v1/auth/token/", json=body, trust_env=False).json()["access"]
    page.goto("/api/v1/docs/")
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".modal-ux")
    dialog.locator("#auth-bearer-value, input[aria-label='auth-bearer-value']").first.fill(token)
    dialog.get_by_role("button", name="Apply credentials").first.click()
    dialog.locator("button.btn-done").first.click()

    answer = answer_to(opened(page, "users_me_retrieve"))
    expect(answer.locator(".response-col_status")).to_contain_text("200", timeout=15_000)
    expect(answer).to_contain_text("viewer@vms.example")


def test_the_reference_is_read_without_asking_anybody_outside(page_of: Callable[[str], Page], portal: str) -> None:
    page = page_of("viewer")
    outside: list[str] = []
    page.on(
        "request", lambda sent: None if sent.url.startswith((portal, "data:", "blob:")) else outside.append(sent.url)
    )
    page.goto("/api/v1/reference/")

    expect(page.get_by_role("heading", name="Enrol a camera")).to_be_visible(timeout=30_000)
    assert page.evaluate("getComputedStyle(document.querySelector('.menu-content')).position") == "sticky"
    assert outside == []
