"""Many cameras at once, from a list: enrolled, brought up to date, or refused with the reason, row by row.

A camera is known by its serial number, so a list may be sent again: what is there already with the same facts stays as
it is. Ten thousand rows cost as many queries as ten.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.choices import AuditVerb
from accounts.models import User
from cameras import events
from cameras.choices import RowOutcome
from cameras.models import Camera
from cameras.place_names import PlaceNames, storable
from cameras.signals import camera_enrolled
from cameras.spreadsheets import COLUMNS, REQUIRED

MOST_ROWS = 10_000
_TOLD_AT_ONCE = 500
_FOREIGN = ("site", "group")
_OR = {"site": "", "group": "or two have this path, "}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one fact of a row; `field` is empty when it is the row as a whole."""

    field: str
    code: str
    message: str


@dataclass(slots=True)
class Row:
    """What becomes of one row. `number` counts from 1; `camera` is there unless the row is refused."""

    number: int
    serial_number: str
    outcome: RowOutcome = RowOutcome.ENROLLED
    camera: Camera | None = None
    problems: list[RowProblem] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)

    def refuse(self, name: str, code: str, message: str) -> None:
        """Note what is wrong."""
        self.outcome = RowOutcome.REFUSED
        self.problems.append(RowProblem(name, code, message))

    def pointer(self, problem: RowProblem) -> str:
        """JSON pointer (RFC 6901) into the list to what is wrong."""
        step = problem.field.replace("~", "~0").replace("/", "~1")
        return f"/{self.number - 1}/{step}" if problem.field else f"/{self.number - 1}"


@dataclass(frozen=True, slots=True)
class Report:
    """What became, or would become, of a list."""

    rows: list[Row]
    dry_run: bool

    def those(self, outcome: RowOutcome) -> list[Row]:
        """The rows of which this became."""
        return [row for row in self.rows if row.outcome == outcome]

    def counts(self) -> dict[str, int]:
        """How many rows of each outcome."""
        return {outcome.value: len(self.those(outcome)) for outcome in RowOutcome}


class RowsRefused(Exception):
    """Some rows cannot be carried out, so none was."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        refused = len(self.report.those(RowOutcome.REFUSED))
        return f"{refused} of {len(self.report.rows)} rows are refused, and nothing was changed."


@transaction.atomic
def enrol_from_list(
    facts: Sequence[Any], *, actor: User, update: bool = False, skip_refused: bool = False, dry_run: bool = False
) -> Report:
    """Carry out a list of mappings with the keys `spreadsheets.COLUMNS`; `dry_run` only says what would become of it.

    `site` and `group` are numbers or names (of a group: the names on the way to it, with slashes). With `update` cameras
    that are there get the facts of the list; with `skip_refused` the other rows are carried out although some are refused.
    Raises ValidationError for more than MOST_ROWS, RowsRefused.
    """
    if not 0 < len(facts) <= MOST_ROWS:
        raise ValidationError(f"Send 1 to {MOST_ROWS} rows.", code="length")
    report = Report(_plan(facts, actor, update), dry_run)
    if dry_run:
        return report
    if report.those(RowOutcome.REFUSED) and not skip_refused:
        raise RowsRefused(report)
    _carry_out(report, actor)
    return report


def _plan(facts: Sequence[Any], actor: User, update: bool) -> list[Row]:
    texts = [_readable(one) for one in facts]
    serials = {one["serial_number"] for one in texts if storable(one.get("serial_number"))}
    places = PlaceNames(actor, texts)
    existing = _existing(serials)
    visible = Camera.objects.visible_to(actor).filter(serial_number__in=existing)
    seen = set(visible.values_list("pk", flat=True))
    numbers: dict[str, int] = {}
    rows = []
    for number, (given, one) in enumerate(zip(facts, texts, strict=True), start=1):
        row = Row(number, str(one.get("serial_number", ""))[:80])
        known = _checked(row, given, one, places)
        first = numbers.setdefault(row.serial_number, number)
        if row.serial_number and first != number:
            row.refuse("serial_number", "twice", f"Row {first} has the same serial number.")
        _decide(row, known, existing.get(row.serial_number), seen, update)
        rows.append(row)
    return rows


def _readable(given: Any) -> dict[str, Any]:
    """A row's facts without white space around them; nothing when it is no mapping."""
    if not isinstance(given, Mapping):
        return {}
    return {str(name): value.strip() if isinstance(value, str) else value for name, value in given.items()}


def _existing(serials: set[str]) -> dict[str, Camera]:
    """Cameras that have these serial numbers, held until the list is carried out."""
    found = Camera.objects.select_for_update(of=("self",), no_key=True).select_related("site", "group").order_by("pk")
    return {camera.serial_number: camera for camera in found.filter(serial_number__in=serials)}


def _checked(row: Row, given: Any, one: dict[str, Any], places: PlaceNames) -> dict[str, Any]:
    """The facts that can be read; what cannot is noted."""
    if not isinstance(given, Mapping):
        row.refuse("", "invalid", "Write an object with the facts of a camera.")
        return {}
    for name in sorted(one.keys() - set(COLUMNS)):
        row.refuse(name, "unknown", f"Cameras have no {name!r} here.")
    for name in sorted(REQUIRED - {name for name, value in one.items() if value not in (None, "")}):
        row.refuse(name, "required", "This is missing.")
    known: dict[str, Any] = {}
    for name in one.keys() & set(COLUMNS):
        _read_fact(row, known, name, one[name], places)
    return known


def _read_fact(row: Row, known: dict[str, Any], name: str, value: Any, places: PlaceNames) -> None:
    if any(problem.field == name for problem in row.problems):
        return
    if name in _FOREIGN:
        if value in (None, ""):
            known[name] = None
        elif (found := places.find(name, value)) is not None:
            known[name] = found
        else:
            row.refuse(name, "does_not_exist", f"There is no {name} {value!r}, {_OR[name]}or you may not see it.")
    elif not storable(value):
        row.refuse(name, "invalid", "Write text.")
    else:
        known[name] = value


def _decide(row: Row, known: dict[str, Any], there: Camera | None, seen: set[int], update: bool) -> None:
    if there is None:
        row.camera = Camera(**known)
    elif there.pk not in seen:
        row.refuse("serial_number", "unique", "A camera has this serial number already.")
    elif there.retired_at is not None:
        row.refuse("serial_number", "retired", "The camera with this serial number is retired.")
    else:
        _compare(row, known, there, update)
    if row.camera is not None and not row.problems:
        _check_fields(row, row.camera)
    if row.problems:
        row.camera = None


def _compare(row: Row, known: dict[str, Any], there: Camera, update: bool) -> None:
    row.camera, row.outcome = there, RowOutcome.UNCHANGED if not row.problems else RowOutcome.REFUSED
    changed = {name: value for name, value in known.items() if getattr(there, name) != value}
    if not changed or row.problems:
        return
    if not update:
        for name in sorted(changed):
            row.refuse(name, "differs", f"The camera that is there has {str(getattr(there, name) or '')!r}.")
        return
    row.outcome = RowOutcome.UPDATED
    row.before = {name: str(getattr(there, name)) for name in changed}
    row.after = {name: str(value) for name, value in changed.items()}
    for name, value in changed.items():
        setattr(there, name, value)


def _check_fields(row: Row, camera: Camera) -> None:
    """As a form would, but without a query for each camera."""
    try:
        camera.clean_fields(exclude=_FOREIGN)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            row.refuse(name, "invalid", " ".join(messages))


def _carry_out(report: Report, actor: User) -> None:
    enrolled, updated = report.those(RowOutcome.ENROLLED), report.those(RowOutcome.UPDATED)
    new = [row.camera for row in enrolled if row.camera]
    changed = [row.camera for row in updated if row.camera]
    Camera.objects.bulk_create(new, batch_size=1000)
    if fields := sorted({name for row in updated for name in row.after}):
        Camera.objects.bulk_update(changed, fields, batch_size=500)
    if new or changed:
        counts: dict[str, Any] = report.counts()
        audit.record(actor=actor, verb=AuditVerb.CAMERAS_IMPORTED, **counts)
    facts: list[Any] = [(camera, {"serial_number": camera.serial_number}) for camera in new]
    audit.record_many(actor=actor, verb=AuditVerb.CAMERA_ENROLLED, facts=facts)
    facts = [(row.camera, {"before": row.before, "after": row.after}) for row in updated]
    audit.record_many(actor=actor, verb=AuditVerb.CAMERA_EDITED, facts=facts)
    transaction.on_commit(partial(_tell, new, [*new, *changed]), robust=True)
    moved = [row.camera for row in updated if row.camera and row.after.keys() & set(_FOREIGN)]
    for camera in moved:
        transaction.on_commit(partial(events.ask_watchers_to_return, camera), robust=True)


def _tell(new: Sequence[Camera], cameras: Sequence[Camera]) -> None:
    for camera in new:
        camera_enrolled.send_robust(sender=Camera, camera=camera)
    for some in _in_parts(cameras):
        events.announce_statuses(some)


def _in_parts(cameras: Sequence[Camera]) -> Iterator[Sequence[Camera]]:
    for start in range(0, len(cameras), _TOLD_AT_ONCE):
        yield cameras[start : start + _TOLD_AT_ONCE]
