"""Door for operators: compare this machine's archive with the database."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recordings import integrity
from recordings.integrity import Problem, ProblemKind
from recordings.models import Recording, StorageTier


class Command(BaseCommand):
    """Reports what is wrong; ends with exit code 1 when something is, and was not repaired."""

    help = "Compare the archive on this machine's disks with the database. Repairs only what its flags name."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to look at, how closely, and what to repair."""
        parser.add_argument("--tier", help="only this tier, by its name")
        parser.add_argument("--quick", action="store_true", help="do not read the media files to compare their digests")
        parser.add_argument("--rebuild-indexes", action="store_true", help="write torn and missing indexes anew")
        parser.add_argument("--adopt-orphans", action="store_true", help="give files without a recording their row")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each problem, and how many there are."""
        left: Counter[ProblemKind] = Counter()
        for tier in self._tiers(options["tier"]):
            for problem in integrity.problems_of(tier, reads_files=not options["quick"]):
                repaired = _repair(tier, problem, options)
                self.stdout.write(f"{problem.kind}  {problem.path}  {'repaired' if repaired else problem.detail}")
                left[problem.kind] += not repaired
        count = Recording.objects.count()
        self.stdout.write(f"{left.total()} problems in {count} recordings")
        if left.total():
            raise CommandError("The archive is not what the database says.")

    def _tiers(self, name: str | None) -> list[StorageTier]:
        tiers = list(StorageTier.objects.filter(name=name) if name else StorageTier.objects.all())
        if name and not tiers:
            raise CommandError(f"There is no tier {name!r}.")
        return tiers


def _repair(tier: StorageTier, problem: Problem, options: dict[str, Any]) -> bool:
    if problem.kind == ProblemKind.TORN_INDEX and options["rebuild_indexes"]:
        return integrity.rebuild_index(problem)
    if problem.kind == ProblemKind.ORPHAN_FILE and options["adopt_orphans"]:
        return integrity.adopt_orphan(tier, problem)
    return False
