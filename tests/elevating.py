"""Browsers in which somebody has said what for, and shown who they are once more."""

from typing import TypeVar

from django.test import Client

from accounts import elevation
from accounts.models import User

Browser = TypeVar("Browser", bound=Client)


def elevated(browser: Browser, user: User) -> Browser:
    """The browser, elevated: `elevated(page_of(admin), admin)`."""
    session = browser.session
    elevation.begin(session, actor=user, reason="a test of what is open then")
    session.save()
    return browser
