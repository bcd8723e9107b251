"""Many cameras at once, from the list to what an installer types into each: enrolled, with a key and its addresses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cameras import bulk_enrolment
from cameras.bulk_enrolment import Report, Row
from cameras.models import Camera
from streaming import publish_addresses, stream_keys
from streaming.models import StreamKey
from streaming.publish_addresses import PublishAddress
from streaming.stream_keys import IssuedKey

CSV_COLUMNS = ("row", "serial_number", "outcome", "camera", "errors", "stream_key", "rtmp_url", "rtmps_url")


@dataclass(frozen=True, slots=True)
class Commission:
    """What became of a list, and the keys that were issued, by the camera's id, with their addresses."""

    report: Report
    keys: dict[int, IssuedKey] = field(default_factory=dict)
    addresses: dict[int, list[PublishAddress]] = field(default_factory=dict)


@transaction.atomic
def commission(facts: Sequence[Any], *, actor: User, with_keys: bool = False, **wishes: bool) -> Commission:
    """Carry out a list as `bulk_enrolment.enrol_from_list` does; `with_keys` gives a key to each camera that has none.

    Raises ValidationError, RowsRefused.
    """
    report = bulk_enrolment.enrol_from_list(facts, actor=actor, **wishes)
    if report.dry_run or not with_keys:
        return Commission(report)
    cameras = _without_key([row.camera for row in report.rows if row.camera])
    keys = {one.key.camera_id: one for one in stream_keys.issue_first_keys(cameras, actor=actor)}
    nodes = publish_addresses.nodes_for(cameras)
    addresses = {
        camera.pk: publish_addresses.addresses_of(camera, nodes[camera.pk], key=keys[camera.pk].secret)
        for camera in cameras
        if camera.pk in nodes
    }
    return Commission(report, keys, addresses)


def as_told(done: Commission) -> dict[str, Any]:
    """What became of the list as plain facts, ready for JSON. It holds keys, which are shown once."""
    return {
        "dry_run": done.report.dry_run,
        **done.report.counts(),
        "results": [_result(row, done) for row in done.report.rows],
    }


def as_lines(results: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The results of `as_told` as lines of a spreadsheet, by CSV_COLUMNS."""
    for one in results:
        urls = {address["encrypted"]: address["url"] for address in one["publish_addresses"]}
        words = [f"{error['pointer'].rpartition('/')[2]}: {error['message']}" for error in one["errors"]]
        yield {**one, "errors": " ".join(words), "rtmp_url": urls.get(False), "rtmps_url": urls.get(True)}


def _result(row: Row, done: Commission) -> dict[str, Any]:
    pk = (row.camera.pk if row.camera else None) or 0
    key = done.keys.get(pk)
    return {
        "row": row.number,
        "serial_number": row.serial_number,
        "outcome": row.outcome.value,
        "camera": row.camera.public_id if row.camera and pk else None,
        "errors": [{"pointer": row.pointer(one), "code": one.code, "message": one.message} for one in row.problems],
        "stream_key": key.secret if key else None,
        "publish_addresses": [
            {"url": one.url, "server": one.server, "stream": one.stream, "encrypted": one.encrypted}
            for one in done.addresses.get(pk, ())
        ],
    }


def _without_key(cameras: Sequence[Camera]) -> list[Camera]:
    own = StreamKey.objects.valid_at(timezone.now()).filter(camera__in=cameras, temporary=False)
    with_key = set(own.values_list("camera_id", flat=True))
    return [camera for camera in cameras if camera.pk not in with_key]
