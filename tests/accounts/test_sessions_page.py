"""Where somebody is signed in, and signing out everywhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from allauth.usersessions.models import UserSession

from accounts import sessions
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from tests.accounts.people_at_the_door import NOON, signed_in

Problem = Callable[..., dict[str, Any]]


def test_sessions_are_listed_and_one_is_ended(viewer: User, operator: User) -> None:
    phone = signed_in(viewer, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
    desk = signed_in(viewer)
    stranger = signed_in(operator)
    page = desk.get("/account/sessions/")
    assert [row["browser"] for row in page.context["sessions"]] == ["Firefox on Linux", "Safari on iPhone"]
    assert [row["is_this"] for row in page.context["sessions"]] == [True, False]
    other = UserSession.objects.get(session_key=phone.session.session_key)

    assert stranger.post(f"/account/sessions/{other.pk}/end/").status_code == 404
    desk.post(f"/account/sessions/{other.pk}/end/")

    assert phone.get("/cameras/").status_code == 302
    assert desk.get("/cameras/").status_code == 200
    assert AuditEntry.objects.get(verb=AuditVerb.SESSIONS_ENDED).data == {"count": 1}


def test_signing_out_everywhere(viewer: User, operator: User) -> None:
    browsers = [signed_in(viewer) for _ in range(3)]
    other = signed_in(operator)

    browsers[0].post("/account/sessions/end/", {"but_this": "1"})
    assert [browser.get("/cameras/").status_code for browser in browsers] == [200, 302, 302]
    browsers[0].post("/account/sessions/end/")
    assert browsers[0].get("/cameras/").status_code == 302

    assert other.get("/cameras/").status_code == 200
    assert [entry.data["count"] for entry in AuditEntry.objects.filter(verb=AuditVerb.SESSIONS_ENDED)] == [1, 2]


def test_an_administrator_ends_the_sessions_of_somebody(viewer: User) -> None:
    browser = signed_in(viewer)

    assert sessions.end_all(viewer, actor=SYSTEM) == 1
    assert browser.get("/cameras/").status_code == 302
    assert sessions.end_all(viewer, actor=SYSTEM) == 0


def test_the_last_use_of_a_session_is_noted_once_a_minute(viewer: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = signed_in(viewer)
        clock.shift(timedelta(seconds=30))
        browser.get("/account/")
        assert UserSession.objects.get().last_seen_at == NOON
        clock.shift(timedelta(seconds=40))
        browser.get("/account/", headers={"X-Forwarded-For": "203.0.113.9"})

    seen = UserSession.objects.get()
    assert (seen.last_seen_at, seen.ip) == (NOON + timedelta(seconds=70), "203.0.113.9")
