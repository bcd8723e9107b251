"""Who may fetch bytes: every path of the media node, asked with every wrong token."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from compose.local.supervisor import Supervisor
from tests.e2e.cameras import Encoder
from tests.e2e.people import EnrolledCamera, Person
from tests.e2e.waiting import eventually

Publish = Callable[..., Encoder]


def range_of(minutes: float = 5) -> dict[str, str]:
    """The last minutes, as a playlist's query."""
    now = datetime.now(UTC)
    return {"start": (now - timedelta(minutes=minutes)).isoformat(), "end": now.isoformat()}


@pytest.fixture
def stranger(portal: str) -> Iterator[httpx2.Client]:
    """A player: no session, only what is in the address."""
    with httpx2.Client(base_url=portal, trust_env=False) as client:
        yield client


@pytest.fixture
def camera(operator: Person, publish: Publish, ingest: str) -> EnrolledCamera:
    """Publishing, watched and recorded."""
    camera = operator.enrol()
    publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.is_online(camera))
    live, recorded = operator.play(camera, "live"), operator.play(camera, "recorded")
    eventually(lambda: operator.get(live).status_code == 200)
    eventually(lambda: operator.get(recorded, params=range_of()).status_code == 200)
    return camera


def test_a_player_gets_live_and_recorded_bytes_with_nothing_but_the_address(
    operator: Person, camera: EnrolledCamera, stranger: httpx2.Client
) -> None:
    live = operator.play(camera, "live")
    playlist = stranger.get(live)
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    fragment = stranger.get(live.rsplit("/", 1)[0] + "/" + playlist.text.splitlines()[-1])
    assert (fragment.status_code, fragment.content[0]) == (200, 0x47)

    recorded = operator.play(camera, "recorded")
    text = stranger.get(recorded, params=range_of()).text
    base = recorded.rsplit("/", 1)[0]
    init = re.search(r'EXT-X-MAP:URI="([^"]+)"', text)
    length, offset = map(int, re.findall(r"EXT-X-BYTERANGE:(\d+)@(\d+)", text)[0])
    video = next(line for line in text.splitlines() if line.endswith("video.mp4"))
    assert init is not None
    assert stranger.get(f"{base}/{init[1]}").content[4:8] == b"ftyp"
    part = stranger.get(f"{base}/{video}", headers={"Range": f"bytes={offset}-{offset + length - 1}"})
    assert (part.status_code, len(part.content), part.content[4:8]) == (206, length, b"prft")


def test_the_same_paths_without_the_right_token_are_refused_alike(
    operator: Person, camera: EnrolledCamera, stranger: httpx2.Client, sign_in: Callable[[str], Person]
) -> None:
    other = operator.enrol()
    tokens = {
        "of another camera": operator.play(other, "live").split("/")[2],
        "of another kind": operator.play(camera, "recorded").split("/")[2],
        "tampered with": operator.play(camera, "live").split("/")[2][:-2] + "xx",
        "made up": "a" * 80,
    }
    fragment = stranger.get(operator.play(camera, "live")).text.splitlines()[-1]
    for what, token in tokens.items():
        for name in ("index.m3u8", fragment):
            answer = stranger.get(f"/media/{token}/live/{camera.public_id}/{name}")
            assert answer.status_code == 403, f"{what}: {name}"
    recording = operator.recordings(camera)[0]["id"]
    for name in ("video.mp4", "init.mp4"):
        token = operator.play(other, "recorded").split("/")[2]
        assert stranger.get(f"/media/{token}/rec/{camera.public_id}/{recording}/{name}").status_code == 403
        # The token is right for its camera, but the recording is another's.
        assert stranger.get(f"/media/{token}/rec/{other.public_id}/{recording}/{name}").status_code in (403, 404)


@pytest.mark.parametrize("way", ["/../", "/%2e%2e/", "/..%2f", "//../", "/.%2e/"])
def test_no_way_leads_out_of_the_tokens_folder(
    operator: Person, camera: EnrolledCamera, stranger: httpx2.Client, portal: str, way: str
) -> None:
    other = operator.enrol()
    base = operator.play(other, "live").rsplit("/", 1)[0]
    url = httpx2.URL(portal).copy_with(raw_path=f"{base}{way}{camera.public_id}/index.m3u8".encode())
    assert stranger.get(url).status_code in (400, 403, 404)


def test_an_outsider_is_told_the_same_of_a_real_camera_as_of_none(
    camera: EnrolledCamera, sign_in: Callable[[str], Person]
) -> None:
    outsider = sign_in("outsider")
    for public_id in (camera.public_id, "a" * 12):
        for kind in ("live", "recorded"):
            wish = {"camera": public_id, "kind": kind}
            assert outsider.post("/api/v1/playback-tokens/", json=wish).status_code in (400, 404)
    real, none = (
        outsider.post("/api/v1/playback-tokens/", json={"camera": public_id, "kind": "live"})
        for public_id in (camera.public_id, "a" * 12)
    )
    assert (real.status_code, real.json()["detail"]) == (none.status_code, none.json()["detail"])


def test_when_a_grant_is_withdrawn_a_playing_player_is_refused_within_seconds(
    operator: Person,
    publish: Publish,
    ingest: str,
    stranger: httpx2.Client,
    sign_in: Callable[[str], Person],
    administer: Callable[[str], None],
) -> None:
    camera = operator.enrol(site="Granted site")
    publish(f"{ingest}/{camera.stream}")
    viewer = sign_in("viewer")
    assert viewer.get(f"/api/v1/cameras/{camera.public_id}/").status_code == 404
    administer("places.grant_view(user=viewer, site=Site.objects.get(name='Granted site'), actor=SYSTEM)")
    live = viewer.play(camera, "live")
    eventually(lambda: stranger.get(live).status_code == 200)
    administer("places.withdraw_view(viewer.grants.get(), actor=SYSTEM)")
    eventually(lambda: stranger.get(live).status_code == 403, seconds=8)


def test_signing_out_ends_the_players_of_that_browser_within_seconds(
    operator: Person, portal: str, camera: EnrolledCamera, stranger: httpx2.Client
) -> None:
    with closing(Person(portal, "operator@vms.example")) as there:
        addresses = there.play(camera, "live"), operator.play(camera, "live")
        assert [stranger.get(one).status_code for one in addresses] == [200, 200]
        there.post("/sign-out/")
    eventually(lambda: stranger.get(addresses[0]).status_code == 403, seconds=8)
    assert stranger.get(addresses[1]).status_code == 200


def test_players_that_were_let_in_play_on_while_the_portal_is_restarted(
    operator: Person, camera: EnrolledCamera, stranger: httpx2.Client, supervisor: Supervisor
) -> None:
    live, recorded = operator.play(camera, "live"), operator.play(camera, "recorded")
    text = stranger.get(recorded, params=range_of()).text
    video = recorded.rsplit("/", 1)[0] + "/" + next(line for line in text.splitlines() if line.endswith("video.mp4"))
    assert stranger.get(live).status_code == stranger.head(video).status_code == 200
    sessions = operator.sessions(camera)
    supervisor.halt("web")
    try:
        first = stranger.get(live).text
        eventually(lambda: stranger.get(live).text != first, seconds=6)
        assert stranger.head(video).status_code == 200
        assert stranger.get(f"/media/{'b' * 80}/live/{camera.public_id}/index.m3u8").status_code >= 500
    finally:
        supervisor.start("web")
    eventually(lambda: stranger.get("/healthz").status_code == 200)
    assert operator.is_online(camera)
    assert operator.sessions(camera)[0]["id"] == sessions[0]["id"]


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "end"),
        ("2999-01-01T00:00:00Z", "2999-01-01T01:00:00Z", "start"),
        ("2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z", "end"),
        ("yesterday", "2026-02-02T00:00:00Z", "start"),
    ],
)
def test_a_bad_range_is_answered_with_what_to_change(
    operator: Person, stranger: httpx2.Client, start: str, end: str, field: str
) -> None:
    playlist = operator.play(operator.enrol(), "recorded")
    answer = stranger.get(playlist, params={"start": start, "end": end})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


def test_no_key_and_no_token_reaches_a_log(operator: Person, camera: EnrolledCamera, root: Path) -> None:
    token = operator.play(camera, "live").split("/")[2]
    operator.get(f"/media/{token}/live/{camera.public_id}/index.m3u8")
    operator.get(f"/media/{token}/nothing/here")
    operator.get(f"/media/{token}/live/{camera.public_id}/{camera.public_id}-123.ts")
    text = "".join(path.read_text(errors="replace") for path in (root / "log").iterdir())
    assert camera.public_id in text, "the access log should tell which camera was fetched"
    assert camera.key not in text
    assert token not in text
    assert not list((root / "media").rglob(f"*{camera.key}*"))
