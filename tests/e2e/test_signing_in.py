"""Signing in, in a browser: second factors, passkeys, lock-out, single sign-on, and being signed out everywhere."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts.authenticator import code_of
from tests.accounts.identity_provider import running_provider
from tests.e2e.people import PASSWORD

NewTab = Callable[[], Page]
PERIOD_SECONDS = 30


@pytest.fixture(scope="module")
def people(root: str) -> dict[str, str]:
    """E-mail addresses of accounts that are these tests' own: locking one out troubles nobody else."""
    mark = uuid4().hex[:6]
    emails = {name: f"{name}-{mark}@vms.example" for name in ("app", "key", "locked", "guard", "roamer")}
    lines = (
        "from accounts import membership; from accounts.audit import SYSTEM; from accounts.models import Role;"
        f"required = Role.objects.create(name='required-{mark}', label='Guard', requires_second_factor=True,"
        " scopes=Role.objects.get(name='viewer').scopes);"
        f"[membership.add_member(email=email, name=name, password={PASSWORD!r}, actor=SYSTEM,"
        " role=required if name == 'guard' else Role.objects.get(name='viewer'))"
        f" for name, email in {emails!r}.items()]"
    )
    subprocess.run([sys.executable, "manage.py", "shell", "-c", lines], check=True)
    return emails


@pytest.fixture
def new_tab(chromium: Browser, portal: str) -> Iterator[NewTab]:
    """A browser of its own for each call, at a host name: passkeys belong to names, not to bare addresses."""
    contexts = []
    complaints: list[str] = []

    def open_tab() -> Page:
        context = chromium.new_context(base_url=portal.replace("127.0.0.1", "localhost"))
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == []


def show_password(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_at(page: Page, path: str) -> None:
    expect(page).to_have_url(re.compile(rf"^http://[^/]+{path}(\?.*)?$"), timeout=10_000)


def add_app(page: Page) -> str:
    """Enrol an authenticator app; its key."""
    page.get_by_role("link", name="Add an authenticator app").click()
    secret = page.get_by_label("Type this key instead", exact=True).input_value()
    assert page.locator("img.qr-code").evaluate("picture => picture.naturalWidth") > 0
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return secret


def sign_out(page: Page) -> None:
    page.get_by_label("Account:").click()
    page.get_by_role("button", name="Sign out").click()
    is_at(page, "/sign-in/")


def test_a_password_and_the_code_of_an_app(people: dict[str, str], new_tab: NewTab) -> None:
    page = new_tab()
    show_password(page, people["app"])
    is_at(page, "/cameras/")
    page.goto("/account/security/")
    secret = add_app(page)
    codes = page.locator(".codes li").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert all(code in download.value.path().read_text() for code in codes)
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)

    show_password(page, people["app"])
    is_at(page, "/sign-in/second-factor/")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("not right")
    # The clock of the telephone may be ahead: the present code was used up when the app was added.
    page.get_by_label("Code").fill(code_of(secret, at=datetime.now(UTC).timestamp() + PERIOD_SECONDS))
    page.get_by_role("button", name="Go on").click()
    is_at(page, "/cameras/")
    sign_out(page)

    show_password(page, people["app"])
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Go on").click()
    is_at(page, "/cameras/")


def test_a_passkey_instead_of_everything(people: dict[str, str], new_tab: NewTab) -> None:
    page = new_tab()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    key |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    show_password(page, people["key"])
    is_at(page, "/cameras/")
    page.goto("/account/security/")
    page.get_by_label("Name of a new passkey").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("cell", name="Laptop")).to_be_visible()
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    is_at(page, "/cameras/")
    sign_out(page)

    show_password(page, people["key"])
    is_at(page, "/sign-in/second-factor/")
    page.get_by_role("button", name="Use your passkey").click()
    is_at(page, "/cameras/")


def test_too_many_wrong_passwords_lock_out_for_a_while(people: dict[str, str], new_tab: NewTab, portal: str) -> None:
    with httpx2.Client(base_url=portal, trust_env=False) as guesser:
        guesser.get("/sign-in/")
        form = {"username": people["locked"], "password": "wrong", "csrfmiddlewaretoken": guesser.cookies["csrftoken"]}
        assert [guesser.post("/sign-in/", data=form).status_code for _ in range(6)] == [422] * 5 + [429]
    page = new_tab()

    show_password(page, people["locked"])
    expect(page.get_by_role("alert").first).to_contain_text("Too many attempts have failed")

    for _ in range(20):
        page.wait_for_timeout(1000)
        show_password(page, people["locked"])
        if "/cameras/" in page.url:
            break
    is_at(page, "/cameras/")


def test_a_role_that_requires_a_second_factor_opens_nothing_without_one(
    people: dict[str, str], new_tab: NewTab
) -> None:
    page = new_tab()
    show_password(page, people["guard"])
    is_at(page, "/account/security/")
    page.goto("/cameras/")
    is_at(page, "/account/security/")
    assert page.request.get("/api/v1/cameras/").status == 401

    add_app(page)

    page.goto("/cameras/")
    is_at(page, "/cameras/")
    assert page.request.get("/api/v1/cameras/").ok


def test_signing_out_everywhere_closes_every_browser(people: dict[str, str], new_tab: NewTab) -> None:
    desk, phone = new_tab(), new_tab()
    for page in (desk, phone):
        show_password(page, people["roamer"])
        is_at(page, "/cameras/")
    desk.goto("/account/sessions/")
    expect(desk.get_by_role("row").filter(has_text="Chrome on Linux")).to_have_count(2)

    desk.get_by_role("button", name="Sign out everywhere", exact=True).click()

    is_at(desk, "/sign-in/")
    phone.goto("/cameras/")
    is_at(phone, "/sign-in/")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_single_sign_on(new_tab: NewTab) -> None:
    port = urlsplit(os.environ["VMS_OIDC_DISCOVERY_URL"]).port or 0
    subject = f"nora-{uuid4().hex[:6]}"
    email = f"{subject}@vms.example"

    def come(page: Page) -> None:
        page.goto("/sign-in/")
        page.get_by_role("link", name="Sign in with Acme").click()
        page.get_by_placeholder("sub").fill(subject)
        page.get_by_role("button", name="Authorize").click()

    with running_provider(port) as provider:
        facts = {"email": email, "name": "Nora", "groups": ["vms-guards"]}
        provider.knows(subject, **facts, email_verified=False)
        page = new_tab()
        come(page)
        expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()

        provider.knows(subject, **facts, email_verified=True)
        come(page)
        is_at(page, "/cameras/")
        page.goto("/account/")
        expect(page.get_by_role("definition").nth(0)).to_have_text("Viewer")
        expect(page.get_by_role("definition").nth(1)).to_have_text(email)
        sign_out(page)
        expect(page.get_by_role("status")).to_contain_text("still signed in with Acme")
        page.get_by_role("link", name="Sign out there too").click()
        expect(page).to_have_url(re.compile("/oauth2/end_session"))
        lines = f"from accounts.models import User; User.objects.filter(email={email!r}).update(is_active=False)"
        subprocess.run([sys.executable, "manage.py", "shell", "-c", lines], check=True)
        come(page)
        expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()

        def forge(route: object) -> None:
            url = re.sub(r"nonce=[^&]+", "nonce=" + "n" * 43, route.request.url)  # type: ignore[attr-defined]
            route.continue_(url=url)  # type: ignore[attr-defined]

        other = new_tab()
        subject = f"otto-{uuid4().hex[:6]}"
        provider.knows(subject, email=f"{subject}@vms.example", email_verified=True, groups=["vms-guards"])
        other.route(re.compile("oauth2/authorize"), forge)
        come(other)
        expect(other.get_by_role("heading", name="You are not signed in")).to_be_visible()
