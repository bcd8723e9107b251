"""Media servers behind a small Protocol."""
