"""Pages of the alerts app."""
