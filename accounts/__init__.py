"""Who may do what, and who did what.

Doors:  views (people), admin (staff), api (shared by every app's API), websocket_auth (browsers' sockets), tasks (clock), management (verify_audit)
Rooms:  membership (people and their roles), delegation (nobody gives more than they hold), roles, user_groups,
        invitations (letters to choose a password), audit (the only writer of audit entries), access (locks for pages),
        fragments (a page or a part of it),
        audit_chain (seals entries), audit_proof (finds what was altered), audit_search, audit_export, audit_words (entries
        as people read them), model_diffs (fields before and after), retention (what is old goes), api_calls (the log of the
        API), api_usage (counts it)
        api_tokens (issue, edit, rotate, revoke, verify), token_facts (what one may hold), token_text (its text),
        refresh_families (programs that signed in), program_sign_in, json_web_tokens, bearers (who stands behind a
        credential), refusals (why one does not open)
        sign_in (proving who one is), sign_in_attempts (every one is kept; lock-out), second_factor (codes), enrolling
        (factors come and go), passkeys (their two ceremonies), passwords, email_changes, sessions (open ones, ending them),
        elevation (for a while, with a reason), single_sign_on (who somebody from elsewhere is), oidc (asks the provider),
        letters (mail), idempotent_answers (a request that is sent again is carried out once), access_rules (from where doors may be used), access_decisions (what becomes of an address), rate_limits
        (so many requests a minute), token_buckets (counts them), addresses (whose a request is), countries, sealing (secrets that are read again), browsers (what they call themselves)
Before every door:  gate (what a request passes), counting (each is counted once), seats (from where it comes)
Behind django-allauth:  adapters (what it asks us), auth_backends (whose session it is), entrance (what a session needs)
Looks down on:  nothing of ours
"""
