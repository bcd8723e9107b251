"""API tokens: one's own, and for administrators everybody's. Here, because a token may be restricted to cameras."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import api_tokens
from accounts.access import elevation_required, scope_required
from accounts.api_tokens import IssuedToken
from accounts.audit import actor_of
from accounts.delegation import ChangeRefused
from accounts.forms import carry_out, posted
from accounts.fragments import page_or_part
from accounts.models import ApiToken, User
from accounts.scopes import WORDS, Scope
from cameras import token_reaches
from cameras.token_forms import RotationForm, TokenFilter, TokenForm

_ROWS = 25
_ACCOUNT, _ADMINISTRATION = "_account.html", "_administration.html"
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@scope_required(Scope.TOKENS_WRITE)
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens."""
    own = ApiToken.objects.visible_to(request.user).filter(owner=actor_of(request))
    return _list(request, own, frame=_ACCOUNT, address="cameras:tokens")


@require_safe
@scope_required(Scope.TOKENS_ALL)
def all_tokens(request: HttpRequest) -> HttpResponse:
    """Everybody's tokens."""
    return _list(
        request, ApiToken.objects.visible_to(request.user), frame=_ADMINISTRATION, address="cameras:all-tokens"
    )


@never_cache
@form_page
@scope_required(Scope.TOKENS_WRITE)
@elevation_required
def add_token(request: HttpRequest) -> HttpResponse:
    """Issue a token of one's own, and show it in this answer only."""
    return _issue(request, owner=actor_of(request), frame=_ACCOUNT)


@never_cache
@form_page
@scope_required(Scope.TOKENS_ALL)
@elevation_required
def add_service_token(request: HttpRequest) -> HttpResponse:
    """Ask for which service account, then issue a token for it."""
    accounts: Any = User.objects.visible_to(request.user).filter(is_service=True, is_active=True)
    chosen = request.GET.get("owner", "")
    if not chosen:
        return render(request, "cameras/token_owner.html", {"accounts": accounts.select_related("role")})
    owner = (
        accounts.select_related("role").filter(pk=int(chosen) if chosen.isascii() and chosen.isdigit() else 0).first()
    )
    if owner is None:
        raise Http404("There is no such service account.")
    return _issue(request, owner=owner, frame=_ADMINISTRATION)


@form_page
@scope_required(Scope.TOKENS_WRITE)
def edit_token(request: HttpRequest, pk: int) -> HttpResponse:
    """What a token may do; its owner, or for a service account an administrator, changes it here."""
    token = _token_or_404(request, pk)
    form = TokenForm(posted(request), owner=token.owner, actor=actor_of(request), token=token)
    if carry_out(form, partial(token_reaches.edit, token, actor=actor_of(request))):
        messages.success(request, "Saved. It counts from now on.")
        return redirect(_list_of(request, token))
    context = {"form": form, **_about(request, token)}
    return render(request, "cameras/token_form.html", context, status=422 if form.errors else 200)


@never_cache
@form_page
@scope_required(Scope.TOKENS_WRITE)
@elevation_required
def rotate_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a token a new secret, and show it in this answer only."""
    token = _token_or_404(request, pk)
    form = RotationForm(posted(request), token=token)
    issued = carry_out(form, partial(api_tokens.rotate, token, actor=actor_of(request)))
    if issued is not None:
        return _shown_once(request, issued)
    context = {"form": form, **_about(request, token)}
    return render(request, "cameras/rotate_token.html", context, status=422 if form.errors else 200)


@form_page
@scope_required(Scope.TOKENS_WRITE)
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what revoking means, then do it."""
    token = _token_or_404(request, pk)
    if request.method != "POST":
        return render(request, "cameras/revoke_token.html", _about(request, token))
    api_tokens.revoke(token, actor=actor_of(request))
    messages.success(request, f"{token.name} is revoked. It opens nothing any more.")
    return redirect(_list_of(request, token))


def _list(request: HttpRequest, rows: QuerySet[ApiToken], *, frame: str, address: str) -> HttpResponse:
    chosen = TokenFilter(request.GET)
    found = token_reaches.with_places(chosen.chosen_from(rows.select_related("owner__role")))
    page = Paginator(found, _ROWS).get_page(request.GET.get("page"))
    context = {
        "frame": frame,
        "address": address,
        "is_everybodys": frame == _ADMINISTRATION,
        "filter": chosen,
        "page": page,
        "rows": [_row(request, token) for token in page],
    }
    return page_or_part(request, "cameras/tokens.html", context, part="rows")


def _row(request: HttpRequest, token: ApiToken) -> dict[str, Any]:
    reach = token_reaches.reach_of(token)
    return {
        "token": token,
        "state": token.state_at(timezone.now()),
        "scopes": [words for scope, words in WORDS.items() if scope in token.scopes],
        "lost": [words for scope, words in WORDS.items() if scope in set(token.scopes) - set(token.owner.role.scopes)],
        "reach": reach.in_words() if reach else None,
        "may_change": _may_change(request, token),
    }


def _issue(request: HttpRequest, *, owner: User, frame: str) -> HttpResponse:
    actor = actor_of(request)
    form = TokenForm(posted(request), owner=owner, actor=actor)
    issued = carry_out(form, partial(token_reaches.issue, owner=owner, actor=actor))
    if issued is not None:
        return _shown_once(request, issued)
    if form.is_outdated:
        messages.error(
            request, "A token was issued already, and its text is shown only once. If it got lost, rotate it."
        )
        return redirect("cameras:tokens" if frame == _ACCOUNT else "cameras:all-tokens")
    context = {"form": form, "frame": frame, "owner": owner, "is_own": owner == actor}
    return render(request, "cameras/token_form.html", context, status=422 if form.errors else 200)


def _shown_once(request: HttpRequest, issued: IssuedToken) -> HttpResponse:
    context = {"text": issued.text, **_about(request, issued.token), "origin": request.build_absolute_uri("/")}
    return render(request, "cameras/token_issued.html", context)


def _about(request: HttpRequest, token: ApiToken) -> dict[str, Any]:
    is_own = token.owner == actor_of(request)
    return {
        "token": token,
        "owner": token.owner,
        "is_own": is_own,
        "frame": _ACCOUNT if is_own else _ADMINISTRATION,
        "may_change": _may_change(request, token),
    }


def _may_change(request: HttpRequest, token: ApiToken) -> bool:
    try:
        api_tokens.check_may_change(token, actor=actor_of(request))
    except ChangeRefused:
        return False
    return True


def _token_or_404(request: HttpRequest, pk: int) -> ApiToken:
    rows: Any = token_reaches.with_places(ApiToken.objects.visible_to(request.user).select_related("owner__role"))
    found: ApiToken = get_object_or_404(rows, pk=pk)
    return found


def _list_of(request: HttpRequest, token: ApiToken) -> str:
    return "cameras:tokens" if token.owner == actor_of(request) else "cameras:all-tokens"
