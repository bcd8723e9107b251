"""Sign in and out."""

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts import audit
from accounts.access import name_lock, open_door
from accounts.choices import AuditVerb
from accounts.forms import SignInForm
from accounts.models import User


class SignInPage(LoginView):
    """Asks for e-mail address and password; whoever is signed in already goes on to the cameras."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponseRedirect:
        """Open the session and say so in the audit."""
        user: User = form.get_user()
        response: Any = super().form_valid(form)
        audit.record(actor=user, verb=AuditVerb.SIGNED_IN, target=user)
        return response  # type: ignore[no-any-return]

    def form_invalid(self, form: Any) -> HttpResponse:
        """Answer 422 with the form, and keep the attempt."""
        attempted = str(form.cleaned_data.get("username", ""))[:254]
        audit.record(actor=audit.SYSTEM, verb=AuditVerb.SIGN_IN_FAILED, email=attempted)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOut(LogoutView):
    """Closes the session; POST only."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say so in the audit, then close."""
        if isinstance(request.user, User):
            audit.record(actor=request.user, verb=AuditVerb.SIGNED_OUT, target=request.user)
        return super().post(request, *args, **kwargs)


sign_in = open_door("people sign in here")(SignInPage.as_view())
sign_out = name_lock(SignOut.as_view(), "open:closes the caller's own session")
