"""Who may fetch bytes: a playback token is a promise that is checked again each time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import signing

from accounts import access_rules, api_tokens, membership
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, Role, User
from accounts.scopes import Scope
from cameras import enrolment, places
from cameras.models import Camera, Grant, Site, TokenReach
from streaming import playback_tokens, viewing
from streaming.models import MediaNode
from streaming.playback_tokens import BadToken
from streaming.viewing import ViewerRefused

START = datetime(2030, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def token(viewer: User, camera: Camera, node: MediaNode) -> str:
    """Opens recorded footage of the camera for the viewer."""
    return viewing.issue_pass(camera, kind="rec", actor=viewer).token


def opens(token: str, camera: Camera, kind: str = "rec") -> bool:
    try:
        viewing.viewer_of(token, kind=kind, camera_public_id=camera.public_id, address=None)  # type: ignore[arg-type]
    except ViewerRefused:
        return False
    return True


def test_a_fresh_token_opens_what_it_was_issued_for(token: str, viewer: User, camera: Camera) -> None:
    assert viewing.viewer_of(token, kind="rec", camera_public_id=camera.public_id, address=None) == (viewer, camera)


def test_a_pass_says_where_to_play_and_until_when(viewer: User, camera: Camera, node: MediaNode) -> None:
    opened = viewing.issue_pass(camera, kind="live", actor=viewer)

    assert opened.url == f"/media/{opened.token}/live/{camera.public_id}/index.m3u8"
    assert opened.expires_at == START + timedelta(hours=1)
    entry = AuditEntry.objects.get(verb=AuditVerb.PLAYBACK_TOKEN_ISSUED)
    assert (entry.actor, entry.target_id, entry.data) == (viewer, str(camera.pk), {"kind": "live"})
    assert opened.token not in str(AuditEntry.objects.values_list())


def test_players_are_sent_to_the_node_that_has_the_camera(viewer: User, camera: Camera, node: MediaNode) -> None:
    MediaNode.objects.update(media_base_url="https://eu1.vms.example/")

    assert viewing.issue_pass(camera, kind="rec", actor=viewer).url.startswith("https://eu1.vms.example/media/")


def test_an_expired_token_opens_nothing(token: str, camera: Camera, clock: time_machine.Traveller) -> None:
    clock.shift(3599)
    assert opens(token, camera)
    clock.shift(1)
    assert not opens(token, camera)


def test_a_token_opens_no_other_camera(token: str, viewer: User, make_camera: Callable[..., Camera]) -> None:
    assert not opens(token, make_camera("SN-2"))


def test_a_token_opens_no_other_kind(token: str, camera: Camera) -> None:
    assert not opens(token, camera, "live")


@pytest.mark.parametrize("place", ["first", "middle", "last", "payload", "dropped", "doubled"])
def test_a_tampered_token_opens_nothing(token: str, camera: Camera, place: str) -> None:
    other = {"A": "B"}
    at = {"first": 0, "middle": len(token) // 2, "last": len(token) - 1}.get(place)
    if at is not None:
        token = token[:at] + ("A" if token[at] != "A" else other["A"]) + token[at + 1 :]
    elif place == "payload":
        payload = signing.dumps([camera.public_id, 1, "rec", 2_000_000_000], key="x" * 50, salt="streaming.playback")
        token = payload.replace(":", ".")
    else:
        token = token[:-1] if place == "dropped" else token * 2

    assert not opens(token, camera)


@pytest.mark.parametrize("garbage", ["", ".", "..", "../..", "a.b.c", "\x00", "💣", "x" * 10_000, ".".join("abc" * 50)])
def test_garbage_opens_nothing(camera: Camera, garbage: str) -> None:
    assert not opens(garbage, camera)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        ["x"],
        {},
        "text",
        None,
        [1, 2, 3, 4, 5],
        ["x", "not a number", "rec", 1],
        ["x", 1, "rec", 2_000_000_000, 1, 1],
    ],
)
def test_a_signed_text_of_another_shape_is_no_token(payload: object) -> None:
    signed = signing.dumps(payload, salt="streaming.playback").replace(":", ".")

    with pytest.raises(BadToken):
        playback_tokens.read(signed, now=START)


def test_a_text_signed_for_something_else_is_no_token(camera: Camera, viewer: User) -> None:
    signed = signing.dumps([camera.public_id, viewer.pk, "rec", 2_000_000_000], salt="password-reset").replace(":", ".")

    assert not opens(signed, camera)


def test_a_token_can_stand_in_a_path(token: str) -> None:
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert ".." not in token


def test_a_disabled_persons_token_opens_nothing(token: str, viewer: User, camera: Camera) -> None:
    membership.disable_member(viewer, actor=SYSTEM)

    assert not opens(token, camera)


def test_a_withdrawn_grant_closes_tokens_that_are_out(token: str, viewer: User, camera: Camera) -> None:
    places.withdraw_view(Grant.objects.get(user=viewer), actor=SYSTEM)

    assert not opens(token, camera)


def test_a_role_that_lost_the_scope_closes_tokens_that_are_out(token: str, camera: Camera) -> None:
    Role.objects.filter(name="viewer").update(scopes=["cameras:read", "live:watch"])

    assert not opens(token, camera)


def test_a_camera_that_moved_out_of_sight_closes_tokens_that_are_out(
    token: str, camera: Camera, other_site: Site
) -> None:
    enrolment.edit_camera(camera, site=other_site, actor=SYSTEM)

    assert not opens(token, camera)


def test_footage_of_a_retired_camera_still_plays(token: str, camera: Camera) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)

    assert opens(token, camera)


def test_without_the_scope_no_token_is_issued(viewer: User, camera: Camera) -> None:
    Role.objects.filter(name="viewer").update(scopes=["cameras:read", "live:watch"])

    with pytest.raises(ViewerRefused):
        viewing.issue_pass(camera, kind="rec", actor=User.objects.get(pk=viewer.pk))
    assert not AuditEntry.objects.filter(verb=AuditVerb.PLAYBACK_TOKEN_ISSUED).exists()


def test_refusals_do_not_tell_whether_the_camera_exists(outsider: User, camera: Camera) -> None:
    def words(public_id: str) -> str:
        token, _ = playback_tokens.issue(camera_public_id=public_id, user_id=outsider.pk, kind="rec", now=START)
        with pytest.raises(ViewerRefused) as refusal:
            viewing.viewer_of(token, kind="rec", camera_public_id=public_id, address=None)
        return str(refusal.value)

    assert words(camera.public_id) == words("aaaaaaaaaaaa")


def through_token(owner: User, **facts: object) -> User:
    """The same person, through an API token of theirs."""
    scopes = [Scope.CAMERAS_READ, Scope.LIVE_WATCH, Scope.RECORDINGS_READ]
    issued = api_tokens.issue(**{"owner": owner, "actor": owner, "name": "Wall", "scopes": scopes, **facts})
    person = User.objects.select_related("role").get(pk=owner.pk)
    person.through = issued.token
    return person


def test_a_pass_that_came_from_an_api_token_ends_with_it(viewer: User, camera: Camera, node: MediaNode) -> None:
    program = through_token(viewer)
    token = viewing.issue_pass(camera, kind="live", actor=program).token
    person, _ = viewing.viewer_of(token, kind="live", camera_public_id=camera.public_id, address=None)
    assert person.through == program.through

    assert program.through is not None
    api_tokens.revoke(program.through, actor=viewer)

    assert not opens(token, camera, "live")


def test_a_pass_ends_when_its_api_token_expires(
    viewer: User, camera: Camera, node: MediaNode, clock: time_machine.Traveller
) -> None:
    program = through_token(viewer, expires_at=START + timedelta(minutes=1))
    token = viewing.issue_pass(camera, kind="live", actor=program).token

    clock.shift(60)
    assert not opens(token, camera, "live")


def test_a_pass_ends_when_its_api_token_loses_the_scope(viewer: User, camera: Camera, node: MediaNode) -> None:
    program = through_token(viewer)
    token = viewing.issue_pass(camera, kind="rec", actor=program).token
    assert program.through is not None

    api_tokens.edit(program.through, actor=viewer, scopes=[Scope.CAMERAS_READ, Scope.LIVE_WATCH])

    assert not opens(token, camera)


def test_a_pass_ends_when_its_api_token_no_longer_reaches_the_camera(
    operator: User, camera: Camera, node: MediaNode
) -> None:
    program = through_token(operator, reach=["the gate"])
    reach = TokenReach.objects.create(token=program.through, camera=camera)
    token = viewing.issue_pass(camera, kind="rec", actor=program).token
    assert opens(token, camera)

    reach.delete()
    assert not opens(token, camera)


def test_opening_video_through_an_api_token_is_kept_with_the_token(
    viewer: User, camera: Camera, node: MediaNode
) -> None:
    program = through_token(viewer)
    viewing.issue_pass(camera, kind="rec", actor=program)

    entry = AuditEntry.objects.get(verb=AuditVerb.PLAYBACK_TOKEN_ISSUED)
    assert (entry.actor, entry.token) == (viewer, program.through)


def test_the_access_rules_hold_for_players(token: str, camera: Camera) -> None:
    access_rules.add_rule(actor=SYSTEM, action="deny", network="203.0.113.0/24", surface="playback")

    def opens_from(address: str | None) -> bool:
        try:
            viewing.viewer_of(token, kind="rec", camera_public_id=camera.public_id, address=address)
        except ViewerRefused:
            return False
        return True

    assert [opens_from(address) for address in ("203.0.113.7", "198.51.100.9", "127.0.0.1")] == [False, True, True]
