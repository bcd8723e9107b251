"""Show who you are once more: to change how you sign in, or, with a reason, to be elevated for a while."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import audit, elevation, second_factor
from accounts import sign_in as signing_in
from accounts.access import knock_of, note_confirmation, open_before_second_factor, signed_in_required
from accounts.choices import SignInMethod, SignInOutcome
from accounts.forms import ElevationForm, ProofForm
from accounts.models import User
from accounts.passkeys import PasskeyRefused
from accounts.sign_in import SignInRefused
from accounts.views.sign_in import answer_of_passkey, next_page


@never_cache
@open_before_second_factor
@signed_in_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks for password, code or passkey, and leads back."""
    form = ProofForm(request.POST if request.method == "POST" else None)
    if _is_proved(request, form):
        note_confirmation(request)
        return redirect(next_page(request))
    return _page(request, "accounts/confirm.html", form)


@never_cache
@signed_in_required
def elevate(request: HttpRequest) -> HttpResponse:
    """Asks what for, and for password, code or passkey, and leads back."""
    form = ElevationForm(request.POST if request.method == "POST" else None)
    person = audit.actor_of(request)
    if _is_proved(request, form):
        note_confirmation(request)
        elevation.begin(request.session, actor=person, reason=form.cleaned_data["reason"])
        return redirect(next_page(request))
    return _page(request, "accounts/elevate.html", form)


@require_POST
@signed_in_required
def end_elevation(request: HttpRequest) -> HttpResponse:
    """Ends it before its time."""
    elevation.end(request.session, actor=audit.actor_of(request))
    return redirect(next_page(request))


def _is_proved(request: HttpRequest, form: ProofForm) -> bool:
    """Whether what was sent proves who it is; if not, the form says why."""
    by_passkey = bool(request.POST.get("credential"))
    if by_passkey:
        form.fields["proof"].required = False
    if not form.is_valid():
        return False
    try:
        _prove(request, audit.actor_of(request), "" if by_passkey else form.cleaned_data["proof"])
    except SignInRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _prove(request: HttpRequest, person: User, proof: str) -> None:
    """Raises SignInRefused."""
    if proof:
        signing_in.confirm(user=person, proof=proof, **knock_of(request))
        return
    outcome = SignInOutcome.CONFIRMED
    try:
        answer_of_passkey(request, person)
    except PasskeyRefused:
        outcome = SignInOutcome.WRONG
    facts = knock_of(request)
    signing_in.keep(method=SignInMethod.PASSKEY, outcome=outcome, email=person.email, user=person, **facts)


def _page(request: HttpRequest, template: str, form: ProofForm) -> HttpResponse:
    person = audit.actor_of(request)
    facts = {
        "form": form,
        "next": next_page(request),
        "has_passkey": second_factor.has_passkey(person),
        "minutes": settings.ELEVATION_SECONDS // 60,
        "can_prove": person.has_usable_password() or second_factor.is_enrolled(person),
    }
    return render(request, template, facts, status=422 if form.errors else 200)
