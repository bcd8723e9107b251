"""Single sign-on: to the provider, and back with its answer."""

import logging

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts import oidc, single_sign_on
from accounts.access import knock_of, open_door
from accounts.oidc import OidcFailed, ProviderAway, Question
from accounts.sign_in import SignInRefused
from accounts.views.sign_in import come_in, next_page

logger = logging.getLogger(__name__)
_QUESTION = "oidc_question"


@never_cache
@open_door("leads to the provider of single sign-on")
def begin(request: HttpRequest) -> HttpResponse:
    """To the provider, with a question that is good once."""
    _only_where_it_is_set_up()
    if request.user.is_authenticated:
        return redirect(next_page(request))
    question = Question.fresh(next_page(request))
    request.session[_QUESTION] = question.as_json()
    try:
        return redirect(oidc.address_of(question, return_to=_return_to(request)))
    except OidcFailed as failure:
        return _failed(request, failure)


@never_cache
@open_door("the provider of single sign-on sends people back here, with a code for the question that was asked")
def answer(request: HttpRequest) -> HttpResponse:
    """Lets in whom the provider has let in."""
    _only_where_it_is_set_up()
    asked = request.session.pop(_QUESTION, None)
    if asked is None:
        return _failed(request, OidcFailed("nothing was asked in this session"))
    question = Question(**asked)
    try:
        claims = oidc.claims_of(request.GET.dict(), question, return_to=_return_to(request))
        person = single_sign_on.come_in(claims, **knock_of(request))
    except OidcFailed as failure:
        return _failed(request, failure)
    except SignInRefused as refusal:
        return render(request, "accounts/single_sign_on_refused.html", {"words": str(refusal)}, status=403)
    record_authentication(request, person, "elsewhere")
    return come_in(request, person, question.next_page)


def _return_to(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("accounts:single-sign-on-answer"))


def _failed(request: HttpRequest, failure: OidcFailed) -> HttpResponse:
    """What happened is for the log: it may come from somebody who tries things."""
    logger.warning("single sign-on: %s", failure)
    status = 503 if isinstance(failure, ProviderAway) else 403
    return render(request, "accounts/single_sign_on_refused.html", {"words": ""}, status=status)


def _only_where_it_is_set_up() -> None:
    if not settings.OIDC_DISCOVERY_URL:
        raise Http404
