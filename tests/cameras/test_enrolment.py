"""A camera's life: enrolled, edited, deactivated, reactivated, retired."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras import enrolment, places, signals
from cameras.choices import Badge
from cameras.enrolment import CameraIsRetired
from cameras.models import Camera, CameraGroup, Site

News = list[tuple[str, str]]


@pytest.fixture
def news() -> Iterator[News]:
    """What the floors above are told: name of the signal, serial number of the camera."""
    heard: News = []
    listeners: dict[str, Callable[..., None]] = {}
    for name in ("camera_enrolled", "camera_deactivated", "camera_reactivated"):

        def hear(camera: Camera, _name: str = name, **kwargs: Any) -> None:
            heard.append((_name, camera.serial_number))

        listeners[name] = hear
        getattr(signals, name).connect(hear)
    yield heard
    for name, hear in listeners.items():
        getattr(signals, name).disconnect(hear)


def test_an_enrolled_camera_has_a_name_for_urls_that_says_nothing_about_it(make_camera: Callable[..., Camera]) -> None:
    first, second = make_camera("SN-1"), make_camera("SN-2")

    assert first.public_id != second.public_id
    assert len(first.public_id) == 12
    assert set(first.public_id) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert (first.badge, first.may_publish) == (Badge.OFFLINE, True)


def test_a_serial_number_is_enrolled_once(camera: Camera, make_camera: Callable[..., Camera]) -> None:
    with pytest.raises(ValidationError) as refusal:
        make_camera("SN-1")

    assert list(refusal.value.message_dict) == ["serial_number"]
    assert Camera.objects.count() == 1


def test_what_is_missing_is_named_field_by_field(operator: User) -> None:
    with pytest.raises(ValidationError) as refusal:
        enrolment.enrol_camera(actor=operator)

    assert {"serial_number", "name", "site"} <= refusal.value.message_dict.keys()
    assert not AuditEntry.objects.filter(verb=AuditVerb.CAMERA_ENROLLED).exists()


def test_the_floors_above_are_told_on_commit(
    news: News, make_camera: Callable[..., Camera], operator: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        camera = make_camera("SN-1")
        enrolment.deactivate_camera(camera, actor=operator)
        enrolment.deactivate_camera(camera, actor=operator)
        enrolment.reactivate_camera(camera, actor=operator)
        enrolment.retire_camera(camera, actor=operator)
        assert news == []

    told = ["camera_enrolled", "camera_deactivated", "camera_reactivated", "camera_deactivated"]
    assert news == [(name, "SN-1") for name in told]


def test_an_edit_keeps_what_was_and_what_is(camera: Camera, operator: User, other_site: Site) -> None:
    edited = enrolment.edit_camera(camera, actor=operator, name="Pier", site=other_site, vendor="Acme")

    assert (edited.name, edited.site) == ("Pier", other_site)
    entry = AuditEntry.objects.get(verb=AuditVerb.CAMERA_EDITED)
    assert entry.data["before"] == {"name": "Gate", "site": "North gate"}
    assert entry.data["after"] == {"name": "Pier", "site": "Harbour"}


def test_an_edit_that_changes_nothing_leaves_no_entry(camera: Camera, operator: User) -> None:
    enrolment.edit_camera(camera, actor=operator, name="Gate")

    assert not AuditEntry.objects.filter(verb=AuditVerb.CAMERA_EDITED).exists()


def test_a_bad_edit_changes_nothing(camera: Camera, operator: User) -> None:
    with pytest.raises(ValidationError):
        enrolment.edit_camera(camera, actor=operator, name="", place="Elsewhere")

    camera.refresh_from_db()
    assert (camera.name, camera.place) == ("Gate", "Above the gate")


@pytest.mark.parametrize("fact", ["public_id", "status", "retired_at", "active", "pk"])
def test_facts_with_a_writer_of_their_own_cannot_be_edited(camera: Camera, operator: User, fact: str) -> None:
    with pytest.raises(TypeError, match=fact):
        enrolment.edit_camera(camera, actor=operator, **{fact: "online"})


def test_deactivating_twice_is_done_once(camera: Camera, operator: User) -> None:
    enrolment.deactivate_camera(camera, actor=operator)
    again = enrolment.deactivate_camera(camera, actor=operator)

    assert (again.badge, again.may_publish) == (Badge.INACTIVE, False)
    assert AuditEntry.objects.filter(verb=AuditVerb.CAMERA_DEACTIVATED).count() == 1


def test_a_reactivated_camera_is_as_before(camera: Camera, operator: User) -> None:
    enrolment.deactivate_camera(camera, actor=operator)

    assert enrolment.reactivate_camera(camera, actor=operator).may_publish


@pytest.mark.parametrize(
    "verb",
    [
        lambda camera, actor: enrolment.edit_camera(camera, actor=actor, name="Other"),
        lambda camera, actor: enrolment.deactivate_camera(camera, actor=actor),
        lambda camera, actor: enrolment.reactivate_camera(camera, actor=actor),
        lambda camera, actor: enrolment.retire_camera(camera, actor=actor),
    ],
    ids=["edit", "deactivate", "reactivate", "retire"],
)
def test_a_retired_camera_stays_as_it_is(
    camera: Camera, operator: User, verb: Callable[[Camera, User], Camera]
) -> None:
    enrolment.retire_camera(camera, actor=operator)
    stale = Camera(pk=camera.pk)
    entries = AuditEntry.objects.count()

    with pytest.raises(CameraIsRetired, match="retired"):
        verb(stale, operator)

    assert AuditEntry.objects.count() == entries
    assert Camera.objects.get(pk=camera.pk).badge == Badge.RETIRED


def test_a_retired_camera_keeps_its_row_and_its_serial_number(
    camera: Camera, operator: User, make_camera: Callable[..., Camera]
) -> None:
    enrolment.retire_camera(camera, actor=operator)

    assert not Camera.objects.in_use().exists()
    assert Camera.objects.count() == 1
    with pytest.raises(ValidationError):
        make_camera("SN-1")


def test_words_find_cameras_by_any_fact_and_all_must_match(
    camera: Camera, other_camera: Camera, group: CameraGroup, operator: User
) -> None:
    enrolment.edit_camera(camera, actor=operator, group=group)

    def found(words: str) -> list[str]:
        return [one.name for one in Camera.objects.matching(words)]

    assert found("acme GATE") == ["Gate"]
    assert found("perimeter") == ["Gate"]
    assert found("harbour") == ["Pier"]
    assert found(camera.public_id) == ["Gate"]
    assert found("acme harbour") == []
    assert found("  ") == ["Gate", "Pier"]
    assert found("100%") == []


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../../etc/passwd", "europe/berlin\x00"])
@pytest.mark.django_db
def test_a_site_needs_a_time_zone_that_exists(zone: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        places.add_site(name="Nowhere", time_zone=zone, actor=SYSTEM)

    assert list(refusal.value.message_dict) == ["time_zone"]
