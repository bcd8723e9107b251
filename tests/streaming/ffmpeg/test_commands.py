"""Every FFmpeg argument, and that FFmpeg takes it."""

import shlex
import subprocess
from pathlib import Path

import pytest

from streaming.ffmpeg.commands import (
    Picture,
    publish_file_command,
    publish_picture_command,
    record_command,
    redact,
    redact_text,
    shell_line,
)

PUBLISH_URL = "rtmp://127.0.0.1:1935/ingest/abcdefgh2345?key=s3cret-Key_"


def test_recorder_copies_video_and_maybe_audio_as_fragments_to_a_pipe() -> None:
    assert record_command("ffmpeg", "rtmp://127.0.0.1:1935/ingest/abcdefgh2345") == shlex.split(
        "ffmpeg -hide_banner -nostdin -v warning -rw_timeout 15000000 -i rtmp://127.0.0.1:1935/ingest/abcdefgh2345"
        " -map 0:v:0 -map 0:a:0? -c copy -max_interleave_delta 500000"
        " -f mp4 -movflags frag_keyframe+empty_moov+default_base_moof+skip_trailer -flush_packets 1 pipe:1"
    )


def test_test_picture_is_published_as_h264_and_aac_with_a_key_frame_every_two_seconds() -> None:
    assert publish_picture_command("ffmpeg", PUBLISH_URL) == shlex.split(
        "ffmpeg -hide_banner -nostdin -v warning -re -f lavfi -i testsrc2=size=1280x720:rate=25"
        " -re -f lavfi -i sine=frequency=440:sample_rate=48000"
        " -c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p"
        " -force_key_frames 'expr:gte(t,n_forced*2)' -b:v 2000k -maxrate 2000k -bufsize 4000k -c:a aac -b:a 96k -ar 48000"
        f" -f flv '{PUBLISH_URL}'"
    )


def test_file_is_published_over_and_over() -> None:
    assert publish_file_command("ffmpeg", "street.mp4", PUBLISH_URL, reencode=False) == shlex.split(
        "ffmpeg -hide_banner -nostdin -v warning -re -stream_loop -1 -i street.mp4"
        f" -map 0:v:0 -map 0:a:0? -c copy -f flv '{PUBLISH_URL}'"
    )
    assert "libx264" in publish_file_command("ffmpeg", "street.mp4", PUBLISH_URL)


def test_printed_line_reads_the_same_in_every_shell() -> None:
    argv = publish_picture_command("ffmpeg", PUBLISH_URL)
    line = shell_line(argv)
    assert shlex.split(line) == argv
    assert "'" not in line
    assert f'"{PUBLISH_URL}"' in line


@pytest.mark.parametrize("argument", ["$HOME/a.mp4", "a`b`", 'say "no"', "a\nb", "C:\\clips\\a.mp4", "100% sure"])
def test_what_a_shell_would_change_is_not_printed(argument: str) -> None:
    with pytest.raises(ValueError, match="cannot be quoted"):
        shell_line(["ffmpeg", "-i", argument])


def test_refusal_to_print_hides_the_key() -> None:
    with pytest.raises(ValueError, match="cannot be quoted") as refused:
        shell_line(["rtmp://h/ingest/cam?key=s3cret&x=$y"])
    assert "s3cret" not in str(refused.value)


def test_keys_are_hidden_in_arguments() -> None:
    argv = publish_picture_command("ffmpeg", PUBLISH_URL)
    hidden = redact(argv)
    assert hidden[:-1] == argv[:-1]
    assert hidden[-1] == "rtmp://127.0.0.1:1935/ingest/abcdefgh2345?key=***"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("rtmp://h/ingest/cam?a=1&key=s3cret&b=2: refused", "rtmp://h/ingest/cam?a=1&key=***&b=2: refused"),
        ("[rtmp @ 0x1] 'rtmp://h/i/cam?key=s3cret'", "[rtmp @ 0x1] 'rtmp://h/i/cam?key=***'"),
        ("key=s3cret", "key=***"),
        ("no key here, monkey=banana", "no key here, monkey=banana"),
    ],
)
def test_keys_are_hidden_in_text(text: str, hidden: str) -> None:
    assert redact_text(text) == hidden


@pytest.mark.ffmpeg
def test_ffmpeg_publishes_a_picture_with_a_clock_and_the_recorder_copies_it(tmp_path: Path) -> None:
    published = tmp_path / "published.flv"
    picture = Picture("testsrc2", 320, 180, 10, shows_clock=True)
    command = publish_picture_command("ffmpeg", str(published), picture=picture)
    subprocess.run([*command[:-3], "-t", "3", *command[-3:]], check=True)
    recorded = subprocess.run(record_command("ffmpeg", str(published)), check=True, capture_output=True).stdout
    assert recorded[4:8] == b"ftyp"
    assert recorded.count(b"moof") >= 2


@pytest.mark.ffmpeg
def test_ffmpeg_publishes_a_file_without_sound(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    make = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10", "-t", "1", str(source)]
    subprocess.run(make, check=True)
    published = tmp_path / "published.flv"
    command = publish_file_command("ffmpeg", str(source), str(published))
    subprocess.run([*command[:-3], "-t", "2.5", *command[-3:]], check=True)
    assert published.stat().st_size > 10_000
