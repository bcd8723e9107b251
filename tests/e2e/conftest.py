"""The whole of VMS, started by `make test`: people who sign in, cameras that publish, a browser that looks."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django.db
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from compose.local.supervisor import Supervisor
from tests.e2e.cameras import Encoder
from tests.e2e.people import PASSWORD, Person

logger = logging.getLogger(__name__)
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the whole of VMS."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the VMS that `make test` has started."""
    if "VMS_STACK_ROOT" not in os.environ:
        pytest.fail("These tests need the whole of VMS running: start them with  make test ARGS=tests/e2e")
    return Path(os.environ["VMS_STACK_ROOT"])


@pytest.fixture(scope="session")
def supervisor(root: Path) -> Supervisor:
    """Restarts and kills the programs of VMS."""
    return Supervisor(root, os.environ)


@pytest.fixture(scope="session")
def portal(root: Path) -> str:
    """The portal's address."""
    return f"http://127.0.0.1:{os.environ['VMS_HTTP_PORT']}"


@pytest.fixture(scope="session")
def ingest(root: Path) -> str:
    """Where cameras publish to."""
    return f"rtmp://127.0.0.1:{os.environ['VMS_RTMP_PORT']}/ingest"


@pytest.fixture(scope="session", autouse=True)
def accounts(request: pytest.FixtureRequest, root: Path, django_db_blocker: pytest.FixtureRequest) -> None:
    """Accounts cannot be made through the portal yet; they are written into its database.

    Tests that start a VMS of their own make theirs; they may run beside others.
    """
    if all(item.get_closest_marker("own_stack") for item in request.session.items):
        return
    from accounts import membership
    from accounts.audit import SYSTEM
    from accounts.models import Role, User

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        for name, role in (
            ("admin", "admin"),
            ("operator", "operator"),
            ("viewer", "viewer"),
            ("guard", "viewer"),
            ("outsider", "viewer"),
        ):
            email = f"{name}@vms.example"
            if not User.objects.filter(email=email).exists():
                membership.add_member(
                    email=email, name=name, role=Role.objects.get(name=role), password=PASSWORD, actor=SYSTEM
                )
        django.db.connections.close_all()


@pytest.fixture
def administer(root: Path) -> Callable[[str], None]:
    """What the API does not offer yet: a line of Python in a process of its own, beside `viewer`, `places`, `Site`."""

    def run(line: str) -> None:
        imports = (
            "from accounts.audit import SYSTEM; from accounts.models import User; from cameras import places;"
            " from cameras.models import Site; viewer = User.objects.get(email='viewer@vms.example')"
        )
        subprocess.run([sys.executable, "manage.py", "shell", "-c", f"{imports}; {line}"], check=True)

    return run


@pytest.fixture
def sign_in(portal: str) -> Iterator[Callable[[str], Person]]:
    """A program in which somebody is signed in: `sign_in("operator").get("/api/v1/cameras/")`."""
    people: list[Person] = []

    def open_session(name: str) -> Person:
        people.append(Person(portal, f"{name}@vms.example"))
        return people[-1]

    yield open_session
    for person in people:
        person.close()


@pytest.fixture
def operator(sign_in: Callable[[str], Person]) -> Person:
    """Enrols and watches."""
    return sign_in("operator")


@pytest.fixture
def publish() -> Iterator[Callable[..., Encoder]]:
    """Publish to an address with FFmpeg, until the test is over: `publish(url)`."""
    encoders: list[Encoder] = []

    def start(url: str, **wishes: object) -> Encoder:
        encoders.append(Encoder(url, **wishes))  # type: ignore[arg-type]
        return encoders[-1]

    yield start
    for encoder in encoders:
        if not encoder.runs:
            logger.warning("an encoder has ended, and said: %s", encoder.said[-2000:])
        encoder.close()


@pytest.fixture(autouse=True)
def said_meanwhile(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the servers log while a test runs, shown when it fails: nobody can reproduce a rare failure at will."""
    logs = sorted(Path(os.environ["VMS_STACK_ROOT"]).glob("log/*.log")) if "VMS_STACK_ROOT" in os.environ else []
    read_until = {log: log.stat().st_size for log in logs}
    yield
    for log, offset in read_until.items():
        with log.open("rb") as file:
            file.seek(min(offset, log.stat().st_size))
            if said := file.read().decode(errors="replace").strip():
                logger.warning("%s said: %s", log.stem, said[-3000:])


@pytest.fixture(scope="session")
def chromium(accounts: None) -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, portal: str) -> Iterator[Page]:
    """A tab of its own; the test fails when the page breaks its content security policy or one of its scripts."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=portal)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=portal)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    yield tab
    context.close()
    assert complaints == []


@pytest.fixture
def page_of(page: Page) -> Callable[[str], Page]:
    """The tab, in which somebody has signed in through the sign-in page."""

    def sign_in_as(name: str) -> Page:
        page.goto("/sign-in/")
        page.get_by_label("E-mail address").fill(f"{name}@vms.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/cameras/")
        return page

    return sign_in_as
