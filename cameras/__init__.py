"""What is watched, and whether it is up.

Doors:  views (people), api (programs), consumers (live status in browsers), admin (staff)
Rooms:  enrolment (enrol, edit, deactivate, reactivate, retire), places (sites, groups, grants),
        health (the only writer of status)
Looks down on:  accounts
"""
