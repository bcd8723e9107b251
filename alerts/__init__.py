"""What deserves attention, and who is told.

Rooms:  webhooks (addresses that are told), news (what happens becomes deliveries), delivering (brings them),
        security (what is watched for, a file for each rule), security_rules, watching (asks the rules),
        security_events (a rule was broken), responses (what answers by itself, and undoing it)
Adapters:  posting (one bounded POST to checked addresses), destinations (which addresses are allowed)
Pure:  webhook_signature
Looks down on:  recordings, streaming, cameras, accounts
"""
