"""What is watched, and whether it is up.

Doors:  views (people), api (programs), consumers (live status in browsers), admin (staff)
Rooms:  enrolment (enrol, edit, deactivate, reactivate, retire), bulk_enrolment (the same from a list), place_names,
        places (sites, groups, grants), sight (what a person sees, and why),
        health (the only writer of status), hearing (which news a socket hears),
        token_reaches (to which cameras an API token is restricted)
Pure:   spreadsheets (lists of cameras as CSV)
Looks down on:  accounts
"""
