"""Programs sign in for a person at one door, which knows the second factor and the lock-out of the portal."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts import membership, second_factor
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, Door, SignInOutcome
from accounts.models import AuditEntry, RefreshFamily, Role, SignInAttempt, User
from tests.accounts.api.test_bearer import program
from tests.conftest import PASSWORD

SIGN_IN, REFRESH, SIGN_OUT = "/api/v1/auth/token/", "/api/v1/auth/token/refresh/", "/api/v1/auth/token/logout/"
Problem = Callable[..., dict[str, Any]]


def sign_in(email: str, password: str = PASSWORD, **more: str) -> Any:
    return APIClient(headers={"User-Agent": "wall/1.0"}).post(
        SIGN_IN, {"email": email, "password": password, **more}, headers={"User-Agent": "wall/1.0"}
    )


@pytest.fixture
def recovery_code(viewer: User) -> str:
    """The viewer has an authenticator app, and this code for when it is lost."""
    from allauth.mfa.models import Authenticator

    code = second_factor.new_recovery_code()
    Authenticator.objects.create(user=viewer, type=Authenticator.Type.TOTP, data={"secret": _sealed_secret()})
    Authenticator.objects.create(
        user=viewer,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"digests": [second_factor.digest_of(viewer, code)]},
    )
    return code


def _sealed_secret() -> str:
    from accounts import sealing

    return sealing.seal("JBSWY3DPEHPK3PXP")


def test_a_person_gets_a_pair_that_works(viewer: User) -> None:
    answer = sign_in("Viewer@vms.example")

    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    assert set(answer.json()) == {"access", "access_expires_at", "refresh", "refresh_expires_at"}
    assert program(answer.json()["access"]).get("/api/v1/cameras/").status_code == 200
    family = RefreshFamily.objects.get()
    assert (family.user, family.user_agent) == (viewer, "wall/1.0")
    entry = AuditEntry.objects.get(verb=AuditVerb.REFRESH_FAMILY_BEGUN)
    assert (entry.actor, entry.door) == (viewer, Door.API)


@pytest.mark.parametrize("email", ["viewer@vms.example", "nobody@vms.example"])
def test_a_wrong_password_and_an_unknown_address_are_the_same(viewer: User, problem_of: Problem, email: str) -> None:
    answer = sign_in(email, "wrong")

    assert problem_of(answer, 401, "sign-in-refused")["detail"].startswith("That e-mail address and password")
    assert answer["WWW-Authenticate"] == 'Bearer realm="vms"'
    assert not RefreshFamily.objects.exists()


def test_a_disabled_person_and_a_service_account_are_refused_like_strangers(viewer: User, problem_of: Problem) -> None:
    robot = membership.add_member(
        email="robot@vms.example",
        name="Robot",
        role=Role.objects.get(name="api_only"),
        password=None,
        actor=SYSTEM,
        is_service=True,
    )
    robot.set_password(PASSWORD)
    robot.save()
    membership.disable_member(viewer, actor=SYSTEM)

    for email in (viewer.email, robot.email):
        problem_of(sign_in(email), 401, "sign-in-refused")


def test_who_has_a_second_factor_is_asked_for_it(viewer: User, recovery_code: str, problem_of: Problem) -> None:
    problem_of(sign_in(viewer.email), 401, "second-factor-wanted")
    problem_of(sign_in(viewer.email, code="000000"), 401, "sign-in-refused")
    assert not RefreshFamily.objects.exists()

    assert sign_in(viewer.email, code=recovery_code).status_code == 200
    problem_of(sign_in(viewer.email, code=recovery_code), 401, "sign-in-refused")


def test_without_the_password_nobody_learns_that_there_is_a_second_factor(
    viewer: User, recovery_code: str, problem_of: Problem
) -> None:
    problem_of(sign_in(viewer.email, "wrong", code=recovery_code), 401, "sign-in-refused")
    assert sign_in(viewer.email, code=recovery_code).status_code == 200


def test_a_role_that_asks_for_a_second_factor_lets_nobody_in_without(viewer: User, problem_of: Problem) -> None:
    Role.objects.filter(pk=viewer.role_id).update(requires_second_factor=True)

    problem_of(sign_in(viewer.email), 401, "second-factor-missing")


def test_attempts_are_counted_with_those_of_the_portal(viewer: User, problem_of: Problem) -> None:
    for _ in range(settings.SIGN_IN_FAILURES_PER_EMAIL):
        problem_of(sign_in(viewer.email, "wrong"), 401, "sign-in-refused")

    answer = sign_in(viewer.email)
    problem_of(answer, 429, "locked-out")
    assert int(answer["Retry-After"]) > 0
    newest = SignInAttempt.objects.first()
    assert newest is not None
    assert (newest.outcome, newest.door) == (SignInOutcome.LOCKED_OUT, Door.API)


def test_a_body_that_makes_no_sense_is_told(db: None, problem_of: Problem) -> None:
    told = problem_of(APIClient().post(SIGN_IN, {"email": ["x"]}), 400, "invalid")

    assert {error["pointer"] for error in told["errors"]} == {"/email", "/password"}


def test_a_program_stays_signed_in_and_signs_out(viewer: User, problem_of: Problem) -> None:
    first = sign_in(viewer.email).json()
    second = APIClient().post(REFRESH, {"refresh": first["refresh"]}).json()
    assert program(second["access"]).get("/api/v1/cameras/").status_code == 200

    assert APIClient().post(SIGN_OUT, {"refresh": second["refresh"]}).status_code == 204
    problem_of(program(second["access"]).get("/api/v1/cameras/"), 401, "credential-revoked")
    problem_of(APIClient().post(REFRESH, {"refresh": second["refresh"]}), 401, "credential-revoked")
    assert APIClient().post(SIGN_OUT, {"refresh": second["refresh"]}).status_code == 204


def test_a_used_refresh_token_ends_the_sign_in(viewer: User, problem_of: Problem) -> None:
    first = sign_in(viewer.email).json()
    second = APIClient().post(REFRESH, {"refresh": first["refresh"]}).json()

    problem_of(APIClient().post(REFRESH, {"refresh": first["refresh"]}), 401, "refresh-token-reused")
    problem_of(program(second["access"]).get("/api/v1/cameras/"), 401, "credential-revoked")


def test_a_session_is_no_way_in(admin: User, problem_of: Problem) -> None:
    client = APIClient()
    client.force_login(admin)

    problem_of(client.post(REFRESH, {"refresh": "x"}), 401, "credential-wrong")


def test_people_see_their_own_programs_and_sign_them_out(
    viewer: User, outsider: User, api_of: Callable[[User], APIClient], problem_of: Problem
) -> None:
    tokens = sign_in(viewer.email).json()
    sign_in(outsider.email)

    rows = program(tokens["access"]).get("/api/v1/program-sessions/").json()["results"]
    assert [(one["user_agent"], one["is_this_one"]) for one in rows] == [("wall/1.0", True)]
    address = f"/api/v1/program-sessions/{rows[0]['id']}/"
    problem_of(api_of(outsider).delete(address), 404, "not-found")
    assert api_of(viewer).delete(address).status_code == 204
    problem_of(program(tokens["access"]).get(address), 401, "credential-revoked")
    assert api_of(viewer).get("/api/v1/program-sessions/?open=true").json()["results"] == []
    assert api_of(viewer).get("/api/v1/program-sessions/?open=false").json()["count"] == 1


def test_an_api_token_does_not_look_after_programs(viewer: User, problem_of: Problem) -> None:
    from tests.accounts.api.test_bearer import token_of

    sign_in(viewer.email)

    problem_of(program(token_of(viewer)).get("/api/v1/program-sessions/"), 403, "forbidden")
