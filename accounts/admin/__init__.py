"""Staff pages of people, programs, rules and history."""

from accounts.admin import access, borrowed, history, people, programs

__all__ = ["access", "borrowed", "history", "people", "programs"]
