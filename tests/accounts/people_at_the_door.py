"""People with browsers, who sign in at the page."""

import re
from datetime import UTC, datetime, timedelta

import time_machine
from django.core import mail
from django.test import Client

from accounts import enrolling
from accounts.models import User
from tests.accounts.authenticator import code_of
from tests.conftest import PASSWORD

NOON = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(user: User, password: str = PASSWORD, *, agent: str = FIREFOX) -> Client:
    """A browser in which somebody has shown a password at the page."""
    browser = Client(headers={"User-Agent": agent})
    browser.post("/sign-in/", {"username": user.email, "password": password})
    return browser


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def enrol(user: User) -> list[str]:
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=2), tick=False):
        return enrolling.add_app(user, secret=SECRET, code=code_of(SECRET), actor=user)


def require_factor(user: User) -> None:
    user.role.requires_second_factor = True
    user.role.save()


def letter_to(email: str) -> str:
    """The path of the address in the one letter that was sent to them."""
    (letter,) = [letter for letter in mail.outbox if letter.to == [email]]
    return re.findall(r"http://testserver(\S+)", letter.body)[0]
