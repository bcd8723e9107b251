"""The players' door, and nginx's question where the bytes are."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from accounts import access_rules, membership
from accounts.audit import SYSTEM
from accounts.models import User
from cameras import places
from cameras.models import Camera, Grant
from recordings.models import Recording
from streaming import playback_tokens, viewing
from streaming.models import PublishSession
from tests.recordings.conftest import NOON, Film

PathOf = Callable[[Recording], Path]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.django_db]
LATER = NOON + timedelta(hours=2)
RANGE = {"start": "2030-06-01T12:00:00Z", "end": "2030-06-01T13:00:00Z"}


@pytest.fixture(autouse=True)
def later() -> Any:
    """It is two hours later, unless a test says otherwise."""
    with time_machine.travel(LATER, tick=False) as moved:
        yield moved


@pytest.fixture
def footage(film: Film) -> Recording:
    """Eleven seconds from noon on."""
    return film()[0]


@pytest.fixture
def token(viewer: User, camera: Camera) -> str:
    """Opens recorded footage of the camera for the viewer."""
    return viewing.issue_pass(camera, kind="rec", actor=viewer).token


def get_playlist(token: str, camera: Camera, **query: str) -> Any:
    return Client().get(f"/media/{token}/rec/{camera.public_id}/index.m3u8?{urlencode({**RANGE, **query})}")


def ask_where(token: str, scope: str, secret: str | None = None) -> Any:
    """As nginx asks before it serves bytes."""
    headers = {"X-Playback-Token": token, "X-Playback-Scope": scope}
    headers["X-VMS-Node-Secret"] = settings.NODE_SECRET if secret is None else secret
    return Client().get("/internal/playback-authorization", headers=headers)


@pytest.mark.parametrize(("address", "opens"), [("203.0.113.7", False), ("198.51.100.9", True)])
def test_access_rules_turn_players_away(
    token: str, camera: Camera, footage: Recording, address: str, opens: bool
) -> None:
    access_rules.add_rule(actor=SYSTEM, action="deny", network="203.0.113.0/24", surface="playback")
    headers = {"X-Playback-Token": token, "X-Playback-Scope": f"rec/{camera.public_id}/{footage.pk}"}
    headers |= {"X-VMS-Node-Secret": settings.NODE_SECRET, "X-Playback-Address": address}

    asked = Client().get("/internal/playback-authorization", headers=headers)
    playlist = Client(REMOTE_ADDR=address).get(f"/media/{token}/rec/{camera.public_id}/index.m3u8?{urlencode(RANGE)}")

    assert [answer.status_code for answer in (asked, playlist)] == ([200, 200] if opens else [403, 403])


def problem(answer: HttpResponse) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/problem+json"
    facts: dict[str, Any] = json.loads(answer.content)
    assert facts["status"] == answer.status_code
    assert facts["type"].startswith("urn:vms:problem:")
    return facts


def test_a_token_gives_the_playlist_of_its_camera(token: str, camera: Camera, footage: Recording) -> None:
    answer = get_playlist(token, camera)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.apple.mpegurl"
    assert answer["Cache-Control"] == "no-store"
    assert f"{footage.pk}/video.mp4" in answer.content.decode()


@pytest.mark.parametrize(
    "start", ["2030-06-01T14:00:00+02:00", "2030-06-01T14:00:00 02:00", "2030-06-01T12:00:00.000Z"]
)
def test_an_instant_may_be_written_in_any_zone(token: str, camera: Camera, footage: Recording, start: str) -> None:
    assert get_playlist(token, camera, start=start).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start": RANGE["end"], "end": RANGE["start"]}, "end"),
        ({"start": "2031-01-01T00:00:00Z", "end": "2031-01-01T01:00:00Z"}, "start"),
        ({"start": "2030-04-01T00:00:00Z"}, "end"),
        ({"start": "2030-06-01T12:00:00"}, "start"),
        ({"end": "2030-06-01"}, "end"),
        ({"start": ""}, "start"),
        ({"end": "yesterday"}, "end"),
        ({"start": "2030-13-45T99:00:00Z"}, "start"),
        ({"start": "\x00"}, "start"),
        ({"start": "9" * 5000}, "start"),
        ({"start": "0001-01-01T00:00:00+14:00", "end": "0001-01-02T00:00:00+14:00"}, "start"),
        ({"start": "9999-12-31T23:00:00-14:00", "end": "9999-12-31T23:59:00-14:00"}, "start"),
    ],
)
def test_a_bad_range_is_told_with_the_field_to_change(
    token: str, camera: Camera, footage: Recording, query: dict[str, str], field: str
) -> None:
    answer = get_playlist(token, camera, **query)

    assert answer.status_code == 400
    facts = problem(answer)
    assert (facts["type"], facts["errors"][0]["pointer"]) == ("urn:vms:problem:bad-range", f"/{field}")
    assert facts["detail"]


def test_missing_instants_are_a_bad_range(token: str, camera: Camera) -> None:
    answer = Client().get(f"/media/{token}/rec/{camera.public_id}/index.m3u8")

    assert answer.status_code == 400
    assert problem(answer)["errors"][0]["pointer"] == "/start"


def test_a_range_without_footage_is_not_found(token: str, camera: Camera) -> None:
    answer = get_playlist(token, camera)

    assert (answer.status_code, problem(answer)["type"]) == (404, "urn:vms:problem:nothing-recorded")


# Refused, always with the same words


@pytest.fixture
def every_wrong_token(token: str, viewer: User, outsider: User, camera: Camera, make_camera: Any) -> dict[str, str]:
    """Tokens that do not open footage of the camera."""

    def issue(**changes: Any) -> str:
        facts = {"camera_public_id": camera.public_id, "user_id": viewer.pk, "kind": "rec", "now": LATER, **changes}
        return playback_tokens.issue(**facts)[0]

    return {
        "expired": issue(now=LATER - timedelta(seconds=settings.PLAYBACK_TOKEN_SECONDS)),
        "tampered": token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        "of another camera": issue(camera_public_id=make_camera("SN-2").public_id),
        "of another kind": issue(kind="live"),
        "of an outsider": issue(user_id=outsider.pk),
        "of nobody": issue(user_id=2_000_000_000),
        "garbage": "garbage",
        "dots": "...",
        "NUL": "%00",
        "not ASCII": "%F0%9F%92%A3",
        "broken UTF-8": "%FF%FE",
    }


def test_whatever_is_wrong_with_a_token_the_answer_is_the_same(
    every_wrong_token: dict[str, str], camera: Camera, footage: Recording
) -> None:
    answers = {name: get_playlist(token, camera) for name, token in every_wrong_token.items()}
    inits = {
        name: Client().get(f"/media/{token}/rec/{camera.public_id}/{footage.pk}/init.mp4")
        for name, token in every_wrong_token.items()
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 403)
    assert len({answer.content for answer in [*answers.values(), *inits.values()]}) == 1
    assert {answer.status_code for answer in inits.values()} == {403}


def test_a_camera_that_does_not_exist_is_refused_in_the_same_way(token: str, camera: Camera, outsider: User) -> None:
    def answer_for(public_id: str) -> tuple[int, bytes]:
        facts = {"camera_public_id": public_id, "user_id": outsider.pk, "kind": "rec", "now": LATER}
        opener, _ = playback_tokens.issue(**facts)  # type: ignore[arg-type]
        answer = Client().get(f"/media/{opener}/rec/{public_id}/index.m3u8?{urlencode(RANGE)}")
        return answer.status_code, answer.content

    assert answer_for(camera.public_id) == answer_for("aaaaaaaaaaaa")


@pytest.mark.parametrize("rest", ["../index.m3u8", "%2e%2e/index.m3u8", "..%2f..%2fetc%2fpasswd", "x/../../index.m3u8"])
def test_dots_in_the_path_lead_nowhere(token: str, camera: Camera, footage: Recording, rest: str) -> None:
    for address in (f"/media/{token}/rec/{rest}", f"/media/{token}/rec/{camera.public_id}/{rest}"):
        answer = Client().get(address)
        assert answer.status_code in (403, 404)
        assert b"EXTM3U" not in answer.content


def test_a_disabled_person_and_a_withdrawn_grant_are_refused(
    token: str, viewer: User, camera: Camera, footage: Recording
) -> None:
    places.withdraw_view(Grant.objects.get(user=viewer), actor=SYSTEM)
    assert get_playlist(token, camera).status_code == 403

    places.grant_view(user=viewer, site=camera.site, actor=SYSTEM)
    assert get_playlist(token, camera).status_code == 200
    membership.disable_member(viewer, actor=SYSTEM)
    assert get_playlist(token, camera).status_code == 403


def test_a_session_cookie_opens_nothing_here(camera: Camera, footage: Recording, page_of: Any, operator: User) -> None:
    answer = page_of(operator).get(f"/media/none/rec/{camera.public_id}/index.m3u8?{urlencode(RANGE)}")

    assert answer.status_code == 403


def test_players_only_read(token: str, camera: Camera, footage: Recording) -> None:
    path = f"/media/{token}/rec/{camera.public_id}/index.m3u8?{urlencode(RANGE)}"

    assert Client().post(path).status_code == 405
    assert Client().head(path).status_code == 200


# Init segments


def test_the_init_segment_is_the_head_of_the_file(
    token: str, camera: Camera, footage: Recording, media_path_of: PathOf
) -> None:
    answer = Client().get(f"/media/{token}/rec/{camera.public_id}/{footage.pk}/init.mp4")

    assert (answer.status_code, answer["Content-Type"]) == (200, "video/mp4")
    assert answer.content[4:8] == b"ftyp"
    assert media_path_of(footage).read_bytes().startswith(answer.content)
    assert b"prft" not in answer.content


def test_an_init_segment_of_another_camera_is_not_found(
    token: str,
    camera: Camera,
    film: Film,
    make_session: Callable[..., PublishSession],
    other_camera: Camera,
) -> None:
    (foreign,) = film(session=make_session(other_camera, client_id=8))

    for pk in (foreign.pk, uuid4()):
        answer = Client().get(f"/media/{token}/rec/{camera.public_id}/{pk}/init.mp4")
        assert (answer.status_code, problem(answer)["type"]) == (404, "urn:vms:problem:not-found")


def test_an_init_segment_of_a_file_that_is_gone_is_not_found(
    token: str, camera: Camera, footage: Recording, media_path_of: PathOf
) -> None:
    media_path_of(footage).unlink()

    assert Client().get(f"/media/{token}/rec/{camera.public_id}/{footage.pk}/init.mp4").status_code == 404


# nginx asks where the bytes are


def test_nginx_is_told_the_file_of_recorded_bytes(
    token: str, camera: Camera, footage: Recording, media_path_of: PathOf
) -> None:
    answer = ask_where(token, f"rec/{camera.public_id}/{footage.pk}")

    assert (answer.status_code, answer["X-Media-Path"]) == (200, str(media_path_of(footage)))


def test_nginx_is_told_that_live_bytes_may_be_served(viewer: User, camera: Camera) -> None:
    live = viewing.issue_pass(camera, kind="live", actor=viewer).token

    answer = ask_where(live, f"live/{camera.public_id}")
    assert answer.status_code == 200
    assert "X-Media-Path" not in answer


def test_every_wrong_token_is_refused_to_nginx_too(
    every_wrong_token: dict[str, str], camera: Camera, footage: Recording
) -> None:
    for name, token in every_wrong_token.items():
        assert ask_where(token, f"rec/{camera.public_id}/{footage.pk}").status_code == 403, name
        if name != "of another kind":
            assert ask_where(token, f"live/{camera.public_id}").status_code == 403, name


def test_a_token_for_footage_opens_no_live_bytes_and_the_other_way_round(
    token: str, viewer: User, camera: Camera, footage: Recording
) -> None:
    live = viewing.issue_pass(camera, kind="live", actor=viewer).token

    assert ask_where(token, f"live/{camera.public_id}").status_code == 403
    assert ask_where(live, f"rec/{camera.public_id}/{footage.pk}").status_code == 403


@pytest.mark.parametrize(
    "scope",
    [
        *("", "/", "rec", "rec/", "rec/{camera}", "rec/{camera}/", "rec/{camera}/..", "rec/{camera}/{id}/.."),
        *("rec/../{id}", "rec//{id}", "rec/{camera}/not-a-uuid", "{camera}/{id}", "\x00/{camera}/{id}x"),
        *("live/", "live/{camera}/../other"),
    ],
)
def test_a_scope_that_names_no_file_is_refused(token: str, camera: Camera, footage: Recording, scope: str) -> None:
    assert ask_where(token, scope.format(camera=camera.public_id, id=footage.pk)).status_code == 403


def test_footage_of_another_camera_is_refused_by_the_cameras_own_token(
    token: str,
    camera: Camera,
    film: Film,
    make_session: Callable[..., PublishSession],
    other_camera: Camera,
) -> None:
    (foreign,) = film(session=make_session(other_camera, client_id=8))

    assert ask_where(token, f"rec/{camera.public_id}/{foreign.pk}").status_code == 403
    assert ask_where(token, f"rec/{other_camera.public_id}/{foreign.pk}").status_code == 403


def test_a_file_that_is_gone_is_refused(token: str, camera: Camera, footage: Recording, media_path_of: PathOf) -> None:
    media_path_of(footage).unlink()

    assert ask_where(token, f"rec/{camera.public_id}/{footage.pk}").status_code == 403


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_only_the_node_may_ask(token: str, camera: Camera, footage: Recording, secret: str) -> None:
    answer = ask_where(token, f"rec/{camera.public_id}/{footage.pk}", secret)

    assert answer.status_code == 403
    assert "X-Media-Path" not in answer


def test_a_withdrawn_grant_is_seen_at_the_next_question(
    token: str, viewer: User, camera: Camera, footage: Recording
) -> None:
    scope = f"rec/{camera.public_id}/{footage.pk}"
    assert ask_where(token, scope).status_code == 200

    places.withdraw_view(Grant.objects.get(user=viewer), actor=SYSTEM)

    assert ask_where(token, scope).status_code == 403
