"""Who may do what, and who did what.

Doors:  views (people), admin (staff), api (shared by every app's API), websocket_auth (browsers' sockets), management
Rooms:  membership (people and their roles), audit (the only writer of audit entries), access (locks for pages),
        fragments (a page or a part of it)
Looks down on:  nothing of ours
"""
