"""Encoders that differ from the usual one: over TLS, without sound, with a codec that cannot be relayed."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
from playwright.sync_api import Page

from tests.e2e.cameras import Encoder
from tests.e2e.people import Person
from tests.e2e.tls_camera import TlsCamera
from tests.e2e.waiting import eventually

Publish = Callable[..., Encoder]
PICTURE = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "30"]


def test_a_camera_publishes_over_tls_and_its_own_address_is_seen(operator: Person, publish: Publish) -> None:
    camera = operator.enrol()
    # The camera is at another address of this machine than the TLS proxy, which connects from 127.0.0.1.
    with TlsCamera(address="127.0.0.77", port=int(os.environ["VMS_RTMPS_PORT"])) as tls:
        publish(f"rtmp://127.0.0.1:{tls.port}/ingest/{camera.stream}")
        eventually(lambda: operator.is_online(camera))
        assert operator.sessions(camera)[0]["address"] == "127.0.0.77"


def test_a_camera_without_sound_is_recorded(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    url = f"{ingest}/{camera.stream}"
    publish(url, argv=["ffmpeg", "-v", "error", *PICTURE, *H264, "-f", "flv", url])
    recording = eventually(lambda: operator.recordings(camera), seconds=30)[0]
    assert recording["video_codec"].startswith("avc1.")
    assert recording["audio_codec"] == ""


def test_h265_over_enhanced_rtmp_is_named_in_plain_words(
    operator: Person, publish: Publish, ingest: str, page_of: Callable[[str], Page]
) -> None:
    camera = operator.enrol()
    url = f"{ingest}/{camera.stream}"
    modern = imageio_ffmpeg.get_ffmpeg_exe()
    h265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p"]
    publish(url, argv=[modern, "-v", "error", *PICTURE, *h265, "-f", "flv", url])
    session = eventually(
        lambda: [one for one in operator.sessions(camera) if one["trouble"] == "unsupported_video"], seconds=20
    )[0]
    assert session["state"] == "admitted"
    assert not operator.is_online(camera)
    tab = page_of("operator")
    tab.goto(f"/cameras/{camera.public_id}/")
    tab.get_by_text("It probably sends H.265 (HEVC)").first.wait_for()
    assert operator.recordings(camera) == []


def test_the_nodes_configuration_is_what_nginx_runs_with(root: Path) -> None:
    checked = subprocess.run(
        ["nginx", "-t", "-q", "-c", str(root / "run" / "nginx.conf"), "-p", str(root / "run")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert (root / "run" / "nginx.conf").stat().st_mode & 0o077 == 0
