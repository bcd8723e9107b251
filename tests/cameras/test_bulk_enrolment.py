"""Many cameras at once: what becomes of each row, and that all of it is one change or none."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, Role, User
from cameras import bulk_enrolment, enrolment, places
from cameras.bulk_enrolment import Report, RowsRefused
from cameras.models import Camera, CameraGroup, Site
from cameras.signals import camera_enrolled


def row(serial: str = "SN-7", **facts: Any) -> dict[str, Any]:
    return {"serial_number": serial, "name": f"Camera {serial}", "site": "North gate", **facts}


def outcomes(report: Report) -> list[str]:
    return [one.outcome.value for one in report.rows]


def problems(report: Report) -> list[tuple[str, str]]:
    return [(one.pointer(problem), problem.code) for one in report.rows for problem in one.problems]


@pytest.fixture
def enrol(operator: User, site: Site) -> Callable[..., Report]:
    return lambda *rows, **wishes: bulk_enrolment.enrol_from_list(rows, actor=operator, **wishes)


def test_cameras_are_enrolled_under_the_audits_eyes(
    enrol: Callable[..., Report], operator: User, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[str] = []

    def hear(camera: Camera, **kwargs: Any) -> None:
        told.append(camera.serial_number)

    camera_enrolled.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        report = enrol(row("SN-7", vendor="Acme"), row("SN-8", place=" Roof "))
    assert outcomes(report) == ["enrolled", "enrolled"]
    assert list(Camera.objects.values_list("serial_number", "vendor", "place")) == [
        ("SN-7", "Acme", ""),
        ("SN-8", "", "Roof"),
    ]
    assert AuditEntry.objects.get(verb=AuditVerb.CAMERAS_IMPORTED).data["enrolled"] == 2
    entries = AuditEntry.objects.filter(verb=AuditVerb.CAMERA_ENROLLED, actor=operator)
    assert {entry.target_label for entry in entries} == {"Camera SN-7", "Camera SN-8"}
    assert told == ["SN-7", "SN-8"]


def test_the_same_list_again_changes_nothing(enrol: Callable[..., Report]) -> None:
    enrol(row("SN-7"), row("SN-8"))
    before = AuditEntry.objects.count()
    assert outcomes(enrol(row("SN-7"), row("SN-8"))) == ["unchanged", "unchanged"]
    assert AuditEntry.objects.count() == before


def test_other_facts_are_refused_unless_an_update_is_wanted(enrol: Callable[..., Report], camera: Camera) -> None:
    newer = row("SN-1", name="Front gate", vendor="Acme")
    with pytest.raises(RowsRefused) as refusal:
        enrol(newer)
    assert problems(refusal.value.report) == [("/0/name", "differs")]
    assert outcomes(enrol(newer, update=True)) == ["updated"]
    camera.refresh_from_db()
    assert (camera.name, camera.vendor, camera.model) == ("Front gate", "Acme", "X1")
    entry = AuditEntry.objects.get(verb=AuditVerb.CAMERA_EDITED)
    assert entry.data == {"before": {"name": "Gate"}, "after": {"name": "Front gate"}}


def test_a_dry_run_changes_nothing(enrol: Callable[..., Report], camera: Camera) -> None:
    report = enrol(row("SN-7"), row("SN-1", name="Other"), row("SN-8", site="Nowhere"), update=True, dry_run=True)
    assert outcomes(report) == ["enrolled", "updated", "refused"]
    assert Camera.objects.get().name == "Gate"
    assert not AuditEntry.objects.filter(verb=AuditVerb.CAMERAS_IMPORTED).exists()


def test_one_refused_row_refuses_all_unless_the_others_are_wanted(enrol: Callable[..., Report]) -> None:
    rows = (row("SN-7"), row("SN-8", site="Nowhere"))
    with pytest.raises(RowsRefused, match="1 of 2 rows"):
        enrol(*rows)
    assert not Camera.objects.exists()
    assert outcomes(enrol(*rows, skip_refused=True)) == ["enrolled", "refused"]
    assert Camera.objects.get().serial_number == "SN-7"


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"name": ""}, ("/0/name", "required")),
        ({"name": None}, ("/0/name", "required")),
        ({"name": 7}, ("/0/name", "invalid")),
        ({"name": "x" * 121}, ("/0/name", "invalid")),
        ({"name": "a\0b"}, ("/0/name", "invalid")),
        ({"name": "\ud800"}, ("/0/name", "invalid")),
        ({"vendor": ["Acme"]}, ("/0/vendor", "invalid")),
        ({"serial_number": ""}, ("/0/serial_number", "required")),
        ({"serial_number": "S" * 81}, ("/0/serial_number", "invalid")),
        ({"serial_number": "S\0"}, ("/0/serial_number", "invalid")),
        ({"serial_number": "\udfff"}, ("/0/serial_number", "invalid")),
        ({"site": "a\0b"}, ("/0/site", "does_not_exist")),
        ({"site": "\udfff"}, ("/0/site", "does_not_exist")),
        ({"group": "a\0b"}, ("/0/group", "does_not_exist")),
        ({"site": ""}, ("/0/site", "required")),
        ({"site": "Nowhere"}, ("/0/site", "does_not_exist")),
        ({"site": 999_999}, ("/0/site", "does_not_exist")),
        ({"site": "9" * 40}, ("/0/site", "does_not_exist")),
        ({"site": True}, ("/0/site", "does_not_exist")),
        ({"site": {"id": 1}}, ("/0/site", "does_not_exist")),
        ({"group": "Nowhere"}, ("/0/group", "does_not_exist")),
        ({"colour/s": "red"}, ("/0/colour~1s", "unknown")),
    ],
)
def test_what_is_wrong_is_pointed_at(
    enrol: Callable[..., Report], facts: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problems(enrol({**row(), **facts}, dry_run=True)) == [problem]


@pytest.mark.parametrize("nothing", [None, 7, "SN-7", ["SN-7"]])
def test_a_row_that_is_none_is_told(enrol: Callable[..., Report], nothing: Any) -> None:
    assert ("/1", "invalid") in problems(enrol(row(), nothing, dry_run=True))


def test_a_serial_number_that_is_there_twice_names_the_first_row(enrol: Callable[..., Report]) -> None:
    report = enrol(row("SN-7"), row("SN-8"), row("SN-7"), dry_run=True)
    assert problems(report) == [("/2/serial_number", "twice")]
    assert report.rows[2].problems[0].message == "Row 1 has the same serial number."


def test_places_are_named_by_number_or_name(
    enrol: Callable[..., Report], site: Site, other_site: Site, group: CameraGroup
) -> None:
    fence = places.add_group(name="Fence", parent=group, actor=SYSTEM)
    twelve = places.add_site(name=str(site.pk), actor=SYSTEM)
    report = enrol(
        row("SN-1", site=site.pk, group=fence.pk),
        row("SN-2", site="Harbour", group="Perimeter/Fence"),
        row("SN-3", site=str(other_site.pk), group=" Perimeter /  Fence "),
        row("SN-4", site=str(site.pk), group=str(group.pk)),
        row("SN-5", group=""),
    )
    found = [(one.camera.site, one.camera.group) for one in report.rows if one.camera]
    assert found == [(site, fence), (other_site, fence), (other_site, fence), (twelve, group), (site, None)]


def test_a_path_that_two_groups_have_fits_neither(enrol: Callable[..., Report], group: CameraGroup) -> None:
    places.add_group(name="Fence", parent=group, actor=SYSTEM)
    places.add_group(name="Perimeter/Fence", actor=SYSTEM)
    assert problems(enrol(row(group="Perimeter/Fence"), dry_run=True)) == [("/0/group", "does_not_exist")]


def test_a_retired_camera_and_one_that_is_not_seen_are_refused(
    make_user: Callable[..., User], camera: Camera, other_camera: Camera, site: Site
) -> None:
    Role.objects.create(name="installer", label="Installer", scopes=["cameras:read", "cameras:write"])
    installer = make_user("installer")
    places.grant_view(user=installer, site=site, actor=SYSTEM)
    enrolment.retire_camera(camera, actor=SYSTEM)
    rows = [row("SN-1", name="Gate"), row("SN-9"), row("SN-8", site="Harbour")]
    report = bulk_enrolment.enrol_from_list(rows, actor=installer, dry_run=True, update=True)
    assert problems(report) == [
        ("/0/serial_number", "retired"),
        ("/1/serial_number", "unique"),
        ("/2/site", "does_not_exist"),
    ]


@pytest.mark.parametrize("count", [0, 10_001])
def test_a_list_has_one_to_ten_thousand_rows(enrol: Callable[..., Report], count: int) -> None:
    with pytest.raises(ValidationError, match="1 to 10000"):
        enrol(*[row()] * count)


def test_many_rows_cost_as_many_queries_as_few(enrol: Callable[..., Report], group: CameraGroup) -> None:
    def queries_of(rows: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as captured:
            enrol(*rows, update=True)
        return len(captured)

    enrol(row("SN-0"))
    few = queries_of([row("SN-1", group="Perimeter"), row("SN-0", name="New")])
    many = [row(f"SN-{number}", group="Perimeter", vendor="Acme") for number in range(200)]
    assert queries_of(many) <= few + 10  # SQLite writes in parts
    assert Camera.objects.filter(vendor="Acme").count() == 200
