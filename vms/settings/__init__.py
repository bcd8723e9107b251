"""Configuration, one subject per file; the environment chooses base, test or production."""
