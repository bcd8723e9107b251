"""The locks of pages: who gets in, who is asked to sign in, who is refused."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.access import lock_of, name_lock, open_door, scope_required, signed_in_required
from accounts.models import User
from accounts.scopes import Scope


@scope_required(Scope.CAMERAS_READ, Scope.CAMERAS_WRITE)
def workshop(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


@signed_in_required
def lobby(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def request_of(user: User | AnonymousUser, path: str = "/workshop/?page=2") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_same_page() -> None:
    answer = workshop(request_of(AnonymousUser()))

    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/workshop/%3Fpage%3D2"


def test_somebody_whose_role_holds_every_scope_gets_in(operator: User) -> None:
    assert workshop(request_of(operator)).content == b"inside"


def test_one_scope_of_two_is_not_enough(viewer: User) -> None:
    assert viewer.has_scope(Scope.CAMERAS_READ)
    with pytest.raises(PermissionDenied):
        workshop(request_of(viewer))


def test_a_disabled_person_holds_no_scope(admin: User) -> None:
    admin.is_active = False

    assert not any(admin.has_scope(scope) for scope in Scope)
    with pytest.raises(PermissionDenied):
        workshop(request_of(admin))


def test_whoever_is_signed_in_may_enter_where_no_scope_is_named(outsider: User) -> None:
    assert lobby(request_of(outsider)).content == b"inside"
    assert lobby(request_of(AnonymousUser())).status_code == 302


def test_only_administrators_are_staff(admin: User, operator: User, viewer: User) -> None:
    assert [user.is_staff for user in (admin, operator, viewer)] == [True, False, False]
    assert admin.has_perms(["accounts.add_user"])
    assert not operator.has_perm("accounts.add_user")
    assert not operator.has_module_perms("accounts")


def test_every_lock_has_a_name_that_says_what_opens_it() -> None:
    def unlocked(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert lock_of(workshop) == "scope:cameras:read+cameras:write"
    assert lock_of(open_door("a probe")(name_lock(lambda request: HttpResponse(), "x"))) == "open:a probe"
    assert lock_of(unlocked) is None
