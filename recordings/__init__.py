"""What is kept, where, and for how long.

Doors:  views (people), api (programs), playlists (players), tasks (clock, recorder), admin (staff),
        management (check_archive), templatetags (pages of the floors below)
Rooms:  capture (from a publish session to fragments on disk), playback (a time range becomes a playlist),
        coverage (what is there, what is missing and why), day_table (the same as lines), policies (record or not),
        hints (measurements in words), disk_space, tiers, ranges, health (what is measured),
        integrity (whether the archive is what the database says)
Pure:   timeline, local_days, capture.fragments, capture.index, capture.wall_clock, capture.restart_policy
Looks down on:  streaming, cameras, accounts
"""
