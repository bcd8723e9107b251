"""The vocabulary of permission."""

from accounts.scopes import BUILTIN_ROLES, WORDS, Scope


def test_every_scope_is_told_in_words() -> None:
    assert set(WORDS) == {scope.value for scope in Scope}


def test_the_administrator_may_do_everything() -> None:
    assert BUILTIN_ROLES["admin"][1] == frozenset(Scope)


def test_a_program_has_no_tokens_of_its_own_making() -> None:
    """A token that makes tokens would outlive its revocation."""
    assert Scope.TOKENS_WRITE not in BUILTIN_ROLES["api_only"][1]
