"""What is kept, where, and for how long.

Doors:  views (people), api (programs), playlists (players), tasks (clock, recorder), admin (staff)
Rooms:  capture (from a publish session to fragments on disk), playback (a time range becomes a playlist),
        coverage (what is there, what is missing and why), policies (record or not), disk_space
Pure:   timeline, capture.fragments, capture.index, capture.wall_clock, capture.restart_policy
Looks down on:  streaming, cameras, accounts
"""
