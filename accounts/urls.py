"""Pages of the accounts app."""

from django.urls import path

from accounts.views import account, confirming, password_reset, security, sessions, sign_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("sign-in/second-factor/", sign_in.second_factor_page, name="second-factor"),
    path("sign-in/passkey/", sign_in.passkey_sign_in, name="passkey-sign-in"),
    path("sign-in/passkey/challenge/", sign_in.passkey_challenge, name="passkey-challenge"),
    path("forgotten-password/", password_reset.forgotten_password, name="forgotten-password"),
    path("forgotten-password/<str:key>/", password_reset.new_password, name="new-password"),
    path("confirm/", confirming.confirm, name="confirm"),
    path("elevate/", confirming.elevate, name="elevate"),
    path("elevate/end/", confirming.end_elevation, name="end-elevation"),
    path("account/", account.account, name="account"),
    path("account/email/", account.change_email, name="change-email"),
    path("account/email/<str:key>/", account.confirm_email, name="confirm-email"),
    path("account/security/", security.security, name="security"),
    path("account/security/password/", security.change_password, name="change-password"),
    path("account/security/app/", security.add_app, name="add-app"),
    path("account/security/passkeys/", security.add_passkey, name="add-passkey"),
    path("account/security/passkeys/options/", security.passkey_options, name="passkey-options"),
    path("account/security/recovery-codes/", security.recovery_codes, name="recovery-codes"),
    path("account/security/<int:pk>/remove/", security.remove_factor, name="remove-factor"),
    path("account/sessions/", sessions.sessions, name="sessions"),
    path("account/sessions/end/", sessions.end_sessions, name="end-sessions"),
    path("account/sessions/<int:pk>/end/", sessions.end_session, name="end-session"),
]

# Names that django-allauth asks for.
signing_in = [
    path("sign-in/", sign_in.sign_in, name="account_login"),
    path("sign-in/second-factor/", sign_in.second_factor_page, name="mfa_authenticate"),
]
