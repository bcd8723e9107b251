"""Door for operators and auditors: whether the audit is what it was when it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit_proof
from accounts.audit_chain import Head
from accounts.audit_proof import Broken


class Command(BaseCommand):
    """Names the first entry that was altered, taken out or put in, and ends with exit code 1; else prints the head."""

    help = (
        "Check that no audit entry was altered, removed or inserted. Keep the printed head elsewhere for the next time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """A head of an earlier time."""
        parser.add_argument(
            "--expect", type=_head, metavar="NUMBER:DIGEST", help="a head printed before: nothing up to it was cut off"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the chain. Raises CommandError."""
        try:
            proof = audit_proof.prove(options["expect"])
        except Broken as broken:
            raise CommandError(f"The audit does not hold. {broken}.") from broken
        since = f" since number {proof.checkpoint.number}, before which it was trimmed" if proof.checkpoint else ""
        self.stdout.write(f"The audit holds: {proof.entries} entries{since}; {proof.waiting} wait for their seals.")
        self.stdout.write(f"head {proof.head}" if proof.head else "There is no head yet.")


def _head(text: str) -> Head:
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != len("0" * 64):
        raise CommandError("Write a head as it is printed: the number, a colon, 64 letters and digits.")
    return Head(int(number), digest.lower())
