"""What makes the API one API."""
