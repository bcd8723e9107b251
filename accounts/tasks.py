"""Door for the clock."""

from celery import shared_task

from accounts import api_calls, audit_chain, idempotent_answers, retention


@shared_task(name="accounts.forget_old_answers")
def forget_old_answers() -> None:
    """Answers to requests with an Idempotency-Key are kept for a day."""
    idempotent_answers.forget_old_answers()


@shared_task(name="accounts.seal_audit")
def seal_audit() -> None:
    """Give audit entries that wait their places in the chain."""
    audit_chain.seal_all()


@shared_task(name="accounts.keep_api_calls")
def keep_api_calls() -> None:
    """Bring the log of the API into the database."""
    api_calls.drain()


@shared_task(name="accounts.trim")
def trim() -> None:
    """Remove what has been kept for as long as the policy says."""
    retention.apply_policy()
