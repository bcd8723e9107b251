"""What deserves attention.

Rooms:  none yet; listeners write a warning for each signal that an operator should see
Looks down on:  recordings, streaming, cameras, accounts
"""
