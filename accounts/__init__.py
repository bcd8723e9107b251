"""Who may do what, and who did what.

Doors:  views (people), admin (staff), api (shared by every app's API), websocket_auth (browsers' sockets), management
Rooms:  membership (people and their roles), audit (the only writer of audit entries), access (locks for pages),
        fragments (a page or a part of it),
        api_tokens (issue, edit, rotate, revoke, verify), token_facts (what one may hold), token_text (its text),
        refresh_families (programs that signed in), program_sign_in, json_web_tokens, bearers (who stands behind a
        credential), refusals (why one does not open)
Looks down on:  nothing of ours
"""
