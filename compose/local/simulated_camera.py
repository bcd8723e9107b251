"""A camera for the try-out: publishes a test picture, or a video file, over RTMP until it is told to stop.

VMS_TRYOUT_VIDEO_<number> names a file to publish instead of the test picture.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from streaming.ffmpeg.commands import Picture, publish_file_command, publish_picture_command, redact_text

DROPS_OFF = 4
_SMALL = Picture(width=640, height=360, frames_per_second=15, bits_per_second=500_000)
PICTURES = {
    1: replace(_SMALL, source="testsrc2", shows_clock=True),
    2: replace(_SMALL, source="smptehdbars", shows_clock=True),
    3: replace(_SMALL, source="sierpinski"),
    4: replace(_SMALL, source="rgbtestsrc", shows_clock=True),
}
STREET = Path("../shared/footage/pedestrians.mp4")
_DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"]


def main(number: int) -> None:
    """Publish for ever; number 4 drops off for a while every now and then."""
    command = _DIE_WITH_PARENT + _command(number)
    while True:
        _publish(command, seconds=random.uniform(60, 150) if number == DROPS_OFF else None)  # noqa: S311  (a whim)
        time.sleep(random.uniform(12, 30) if number == DROPS_OFF else 2)  # noqa: S311


def _publish(command: list[str], *, seconds: float | None) -> None:
    """Run FFmpeg to its end, or for so long; what it says is printed without the stream key."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as ffmpeg:
        if seconds is not None:
            threading.Timer(seconds, ffmpeg.terminate).start()
        for line in ffmpeg.stderr or ():
            print(redact_text(line), end="")


def _command(number: int) -> list[str]:
    ffmpeg = os.environ.get("VMS_FFMPEG", "ffmpeg")
    video = os.environ.get(f"VMS_TRYOUT_VIDEO_{number}")
    if video:
        return publish_file_command(ffmpeg, video, _address(number))
    if number == 2 and STREET.exists():
        return publish_file_command(ffmpeg, str(STREET), _address(number), reencode=False)
    return publish_picture_command(ffmpeg, _address(number), picture=PICTURES[number])


def _address(number: int) -> str:
    """Where this camera publishes to, from what `seed_tryout` wrote; over loopback, whatever the public name is."""
    path = Path(os.environ["VMS_RUN_ROOT"]) / "tryout-cameras.json"
    cameras = {camera["serial_number"]: camera for camera in json.loads(path.read_text())["cameras"]}
    camera = cameras[f"TRYOUT-{number}"]
    return f"rtmp://127.0.0.1:{os.environ['VMS_RTMP_PORT']}/ingest/{camera['public_id']}?key={camera['key']}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
