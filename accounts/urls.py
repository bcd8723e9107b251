"""Pages of the accounts app."""

from django.urls import path

from accounts.views import (
    access_rules,
    account,
    administration,
    api_usage,
    audit,
    confirming,
    password_reset,
    people,
    roles,
    security,
    sessions,
    sign_in,
    single_sign_on,
    user_groups,
)

app_name = "accounts"
urlpatterns = [
    path("", administration.home, name="home"),
    path("administration/audit/", audit.audit, name="audit"),
    path("administration/sign-ins/", audit.sign_in_attempts, name="sign-in-attempts"),
    path("administration/api-usage/", api_usage.usage, name="api-usage"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("sign-in/second-factor/", sign_in.second_factor_page, name="second-factor"),
    path("sign-in/passkey/", sign_in.passkey_sign_in, name="passkey-sign-in"),
    path("sign-in/passkey/challenge/", sign_in.passkey_challenge, name="passkey-challenge"),
    path("sign-in/elsewhere/", single_sign_on.begin, name="single-sign-on"),
    path("sign-in/elsewhere/answer/", single_sign_on.answer, name="single-sign-on-answer"),
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
    path("account/sessions/programs/<uuid:pk>/end/", sessions.end_program, name="end-program"),
    path("account/sessions/<int:pk>/end/", sessions.end_session, name="end-session"),
    path("administration/", administration.administration, name="administration"),
    path("administration/people/", people.people, name="people"),
    path("administration/people/add/", people.add_person, name="add-person"),
    path("administration/people/<int:pk>/", people.person, name="person"),
    path("administration/people/<int:pk>/edit/", people.edit_person, name="edit-person"),
    path("administration/people/<int:pk>/groups/", people.join_group, name="join-group"),
    path("administration/people/<int:pk>/groups/<int:group>/leave/", people.leave_group, name="leave-group"),
    *[
        path(f"administration/people/<int:pk>/{change}/", people.change_person, {"change": change}, f"{change}-person")
        for change in ("disable", "enable", "invite", "sign-out", "forget-factors")
    ],
    path("administration/groups-of-people/", user_groups.groups, name="user-groups"),
    path("administration/groups-of-people/add/", user_groups.add_group, name="add-user-group"),
    path("administration/groups-of-people/<int:pk>/", user_groups.group, name="user-group"),
    path("administration/groups-of-people/<int:pk>/edit/", user_groups.edit_group, name="edit-user-group"),
    path("administration/groups-of-people/<int:pk>/remove/", user_groups.remove_group, name="remove-user-group"),
    path(
        "administration/groups-of-people/<int:pk>/members/<int:person>/remove/",
        user_groups.remove_member,
        name="remove-member",
    ),
    path("administration/access-rules/", access_rules.rules, name="access-rules"),
    path("administration/access-rules/add/", access_rules.add_rule, name="add-access-rule"),
    path("administration/access-rules/<int:pk>/", access_rules.edit_rule, name="edit-access-rule"),
    path("administration/access-rules/<int:pk>/remove/", access_rules.remove_rule, name="remove-access-rule"),
    path("administration/access-rules/<int:pk>/move/", access_rules.move_rule, name="move-access-rule"),
    path("administration/roles/", roles.role_list, name="roles"),
    path("administration/roles/add/", roles.add_role, name="add-role"),
    path("administration/roles/<int:pk>/", roles.role, name="role"),
    path("administration/roles/<int:pk>/remove/", roles.remove_role, name="remove-role"),
]

# Names that django-allauth asks for.
signing_in = [
    path("sign-in/", sign_in.sign_in, name="account_login"),
    path("sign-in/second-factor/", sign_in.second_factor_page, name="mfa_authenticate"),
]
