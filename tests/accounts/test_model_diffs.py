"""What changed in a row is kept with who changed it, through every door, and without secrets."""

from collections.abc import Callable
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.test import Client
from rest_framework.test import APIClient

from accounts import api_tokens, membership, model_diffs, refresh_families, user_groups
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras import enrolment, health
from cameras.models import Camera, Site
from streaming import stream_keys
from streaming.models import StreamKey

FLOORS = ("accounts", "cameras", "streaming", "recordings", "alerts")
SECRETS = {"password", "digest", "previous_digest", "secret", "previous_secret", "key_digest", "value"}


def the_diff_of(row: Any) -> LogEntry:
    return LogEntry.objects.get_for_object(row).exclude(action=LogEntry.Action.CREATE).get()


def test_a_change_through_a_page_names_the_person(
    page_of: Callable[[User], Client], operator: User, camera: Camera, site: Site
) -> None:
    facts = {"serial_number": "SN-1", "name": "Back gate", "site": site.pk, "vendor": "Acme", "model": "X1"}
    address = f"/cameras/{camera.public_id}/edit/"
    page_of(operator).post(address, facts, headers={"X-Request-ID": "visit-0001", "X-Forwarded-For": "203.0.113.66"})

    diff = the_diff_of(camera)
    assert (diff.actor, diff.cid, diff.additional_data["door"]) == (operator, "visit-0001", "page")
    assert {"field": "name", "before": "Gate", "after": "Back gate"} in model_diffs.fields_of(diff)


def test_a_change_through_the_api_by_a_session_names_the_person(
    api_of: Callable[[User], APIClient], operator: User, camera: Camera
) -> None:
    api_of(operator).patch(f"/api/v1/cameras/{camera.public_id}/", {"name": "Back gate"})

    diff = the_diff_of(camera)
    assert (diff.actor, diff.actor_email, diff.additional_data) == (
        operator,
        operator.email,
        {"door": "api", "token": None},
    )


def test_a_change_by_an_api_token_names_the_person_and_the_token(operator: User, camera: Camera) -> None:
    issued = api_tokens.issue(owner=operator, name="Fitter", scopes=["cameras:read", "cameras:write"], actor=operator)
    headers = {"Authorization": f"Bearer {issued.text}"}
    APIClient().patch(f"/api/v1/cameras/{camera.public_id}/", {"name": "Back gate"}, headers=headers)

    diff = the_diff_of(camera)
    assert (diff.actor, diff.additional_data) == (operator, {"door": "api", "token": issued.token.pk})


def test_a_change_by_a_program_that_signed_in_names_the_person(operator: User, camera: Camera) -> None:
    pair = refresh_families.begin(actor=operator, address="127.0.0.1", user_agent="")
    headers = {"Authorization": f"Bearer {pair.access}"}
    APIClient().patch(f"/api/v1/cameras/{camera.public_id}/", {"name": "Back gate"}, headers=headers)

    diff = the_diff_of(camera)
    assert (diff.actor, diff.additional_data) == (operator, {"door": "api", "token": None})


def test_a_change_in_the_admin_names_the_person(page_of: Callable[[User], Client], admin: User, site: Site) -> None:
    page_of(admin).post(
        f"/admin/cameras/site/{site.pk}/change/", {"name": "South gate", "time_zone": "UTC", "region": ""}
    )

    diff = the_diff_of(site)
    assert (diff.actor, diff.additional_data["door"]) == (admin, "admin")


def test_a_made_up_forwarded_address_is_not_believed(
    api_of: Callable[[User], APIClient], operator: User, camera: Camera
) -> None:
    headers = {"X-Forwarded-For": "203.0.113.66"}
    client = api_of(operator)
    client.patch(f"/api/v1/cameras/{camera.public_id}/", {"name": "B"}, headers=headers, REMOTE_ADDR="198.51.100.7")

    assert the_diff_of(camera).remote_addr == "198.51.100.7"


def test_what_is_done_outside_of_a_request_is_nobodys(camera: Camera) -> None:
    enrolment.edit_camera(camera, actor=SYSTEM, name="Back gate")

    diff = the_diff_of(camera)
    assert (diff.actor, diff.cid, diff.remote_addr) == (None, None, None)


def test_nothing_of_a_request_sticks_to_what_is_done_after_it(
    api_of: Callable[[User], APIClient], operator: User, camera: Camera, site: Site
) -> None:
    api_of(operator).patch(f"/api/v1/cameras/{camera.public_id}/", {"name": "B"})
    site.region = "us"
    site.save()

    assert the_diff_of(site).actor is None


def test_a_diff_is_found_beside_the_entry_of_its_verb(
    api_of: Callable[[User], APIClient], operator: User, camera: Camera, other_camera: Camera
) -> None:
    for one in (camera, other_camera):
        api_of(operator).patch(f"/api/v1/cameras/{one.public_id}/", {"place": "Roof"})

    entries = list(AuditEntry.objects.filter(verb=AuditVerb.CAMERA_EDITED))
    by_entry = model_diffs.diffs_of_targets(entries)
    assert {entry.target_id: [diff.object_pk for diff in by_entry[entry.pk]] for entry in entries} == {
        str(one.pk): [str(one.pk)] for one in (camera, other_camera)
    }


def test_members_of_a_group_that_come_and_go_are_named(viewer: User, outsider: User) -> None:
    group = user_groups.add_user_group(name="Night shift", actor=SYSTEM)
    group.members.set([viewer])
    group.members.set([outsider])

    said = [model_diffs.fields_of(diff) for diff in LogEntry.objects.get_for_object(group).order_by("pk")][1:]
    assert sorted(said, key=str) == sorted(
        [
            [{"field": "members", "before": None, "after": viewer.email}],
            [{"field": "members", "before": viewer.email, "after": None}],
            [{"field": "members", "before": None, "after": outsider.email}],
        ],
        key=str,
    )


def test_passwords_and_digests_are_not_in_any_diff(viewer: User, camera: Camera) -> None:
    viewer.set_password("another long password 43")
    viewer.save()
    issued = stream_keys.rotate_key(camera, actor=SYSTEM)

    told = str(list(LogEntry.objects.values_list("changes", flat=True)))
    assert LogEntry.objects.get_for_object(issued.key).exists()
    assert viewer.password not in told
    assert StreamKey.objects.get().digest not in told
    assert issued.secret not in told


def test_no_registered_model_tells_a_secret() -> None:
    told = {
        f"{model._meta.label_lower}.{field.name}"
        for model in auditlog.get_models()
        for field in model._meta.fields
        if field.name in SECRETS or "digest" in field.name or "secret" in field.name
        if field.name not in auditlog.get_model_fields(model)["exclude_fields"]
    }

    assert told == set()


def test_what_the_product_writes_by_itself_is_no_diff(camera: Camera, viewer: User, client: Client) -> None:
    health.observe(camera, online=True, cause="video flows")
    client.force_login(viewer)

    assert not LogEntry.objects.filter(action=LogEntry.Action.UPDATE).exists()


def test_the_models_that_people_change_are_all_watched() -> None:
    watched = {model._meta.label_lower for model in auditlog.get_models()}

    assert {
        "accounts.user",
        "accounts.role",
        "accounts.usergroup",
        "accounts.apitoken",
        "accounts.accessrule",
        "cameras.site",
        "cameras.cameragroup",
        "cameras.camera",
        "cameras.grant",
        "cameras.tokenreach",
        "streaming.medianode",
        "streaming.streamkey",
        "recordings.recordingpolicy",
    } <= watched
    assert not watched & {apps.get_model("mfa", "Authenticator")._meta.label_lower}


def test_a_disabled_member_is_told_field_by_field(viewer: User, admin: User) -> None:
    membership.disable_member(viewer, actor=admin)

    assert model_diffs.fields_of(the_diff_of(viewer)) == [{"field": "is_active", "before": "True", "after": "False"}]
