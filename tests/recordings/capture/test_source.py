"""FFmpeg behind a source: its bytes, its end, its last words, and no process left behind."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recordings.capture.fragments import Fragment, FragmentSplitter, InitSegment
from recordings.capture.source import FfmpegSource, FragmentSource

pytestmark = pytest.mark.ffmpeg
REPOSITORY = Path(__file__).parents[3]
LIVE = [
    "ffmpeg",
    "-hide_banner",
    "-nostdin",
    "-nostats",
    "-re",
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=160x120:rate=25",
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-g",
    "10",
    "-sc_threshold",
    "0",
    "-f",
    "mp4",
    "-movflags",
    "frag_keyframe+empty_moov+default_base_moof+skip_trailer",
    "-flush_packets",
    "1",
    "pipe:1",
]
Run = Callable[..., FfmpegSource]


def program(text: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text)]


def read_to_the_end(source: FragmentSource) -> bytes:
    data = bytearray()
    while (chunk := source.read(20)) != b"":
        assert chunk is not None, "nothing came for 20 s"
        data += chunk
    return bytes(data)


def is_alive(pid: int) -> bool:
    """A process that has ended, but whose parent has not asked, still has a number; it is not alive."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def run() -> Iterator[Run]:
    started: list[FfmpegSource] = []

    def start(argv: list[str], **options: float) -> FfmpegSource:
        source = FfmpegSource(argv, **options)
        started.append(source)
        source.start()
        return source

    yield start
    for source in started:
        source.stop()


def test_a_finite_stream_comes_whole_and_ends_with_its_exit_code(
    run: Run, camera_flv: Path, record_arguments: list[str], stream: bytes
) -> None:
    source = run(["ffmpeg", "-nostdin", "-v", "error", "-i", str(camera_flv), *record_arguments])
    assert read_to_the_end(source) == stream
    assert source.exit_code == 0
    assert source.read(0) == b""


def test_nothing_yet_is_none(run: Run) -> None:
    source = run(program("import time; time.sleep(60)"))
    assert source.read(0) is None
    assert source.read(0.05) is None
    assert source.exit_code is None


def test_a_live_stream_stopped_politely_gives_its_last_fragment_and_its_last_words(run: Run) -> None:
    source = run(LIVE)
    splitter = FragmentSplitter()
    things: list[InitSegment | Fragment] = []
    while len(things) < 3:
        things.extend(splitter.feed(source.read(20) or b""))
    source.stop()
    while chunk := source.read(0):
        things.extend(splitter.feed(chunk))
    *_, last = things
    assert isinstance(last, Fragment)
    assert 0 < last.frames <= 10
    assert source.exit_code is not None
    assert source.exit_code >= 0
    assert any("signal 15" in line for line in source.last_stderr_lines)


def test_stop_comes_through_although_nobody_reads_a_full_pipe(run: Run) -> None:
    talkative = program("""
        import os, signal, sys
        def say_farewell(*_):
            for _ in range(30):
                os.write(1, b"y" * 10_000)
            os._exit(7)
        signal.signal(signal.SIGTERM, say_farewell)
        while True:
            os.write(1, b"x" * 10_000)
    """)
    source = run(talkative)
    assert source.read(20)
    source.stop()
    assert source.exit_code == 7
    assert read_to_the_end(source).lstrip(b"x") == b"y" * 300_000


def test_what_does_not_heed_sigterm_is_killed_after_the_grace(run: Run) -> None:
    deaf = program("""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", end="", flush=True)
        time.sleep(60)
    """)
    source = run(deaf, grace_seconds=0.2)
    assert source.read(20) == b"ready"
    source.stop()
    assert source.exit_code == -signal.SIGKILL
    source.stop()


def test_what_closes_its_output_but_stays_is_ended(run: Run) -> None:
    source = run(program("import os, time; os.close(1); os.close(2); time.sleep(60)"), grace_seconds=0.2)
    assert source.read(20) == b""
    assert source.exit_code == -signal.SIGKILL


def test_the_last_twenty_lines_are_kept_and_a_flood_of_them_does_not_block(run: Run) -> None:
    source = run(
        program("""
        import sys
        for number in range(20_000):
            sys.stderr.write(f"complaint {number}\\r\\n")
        sys.stderr.write("last w\\xf6rds")
        sys.stdout.write("done")
        sys.exit(3)
    """)
    )
    assert read_to_the_end(source) == b"done"
    lines = source.last_stderr_lines
    assert len(lines) == 20
    assert lines[-2] == "complaint 19999"
    assert lines[-1].startswith("last w")
    assert source.exit_code == 3


def test_a_line_without_end_stays_within_bounds(run: Run) -> None:
    source = run(program("import sys; sys.stderr.write('y' * 3_000_000)"))
    assert read_to_the_end(source) == b""
    assert [len(line) for line in source.last_stderr_lines] == [500]


def test_a_program_that_does_not_exist_ends_and_says_so(run: Run) -> None:
    source = run(["/nowhere/ffmpeg", "-version"])
    assert read_to_the_end(source) == b""
    assert source.exit_code == 127
    assert "/nowhere/ffmpeg" in source.last_stderr_lines[-1]


def test_the_process_has_a_group_of_its_own(run: Run) -> None:
    source = run(program("import os; print(os.getpgid(0) == os.getpid())"))
    assert read_to_the_end(source) == b"True\n"


def test_descriptors_beyond_1023_are_watched_too(run: Run) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2048)), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert read_to_the_end(run(program("print('here')"))) == b"here\n"
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_kill_9_of_the_recorder_leaves_no_ffmpeg_behind() -> None:
    recorder_text = f"""
        from recordings.capture.source import FfmpegSource
        source = FfmpegSource({["sh", "-c", "echo $$; exec sleep 60"]!r})
        source.start()
        print(source.read(20).decode().strip(), flush=True)
        source.read(60)
    """
    recorder = subprocess.Popen(program(recorder_text), stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert recorder.stdout is not None
    with recorder.stdout as told:
        pid = int(told.readline())
        assert is_alive(pid)
        recorder.kill()
        recorder.wait()
    deadline = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)


def test_a_source_that_was_never_started_can_be_stopped_but_not_read() -> None:
    source = FfmpegSource(["ffmpeg"])
    source.stop()
    assert source.exit_code is None
    with pytest.raises(RuntimeError):
        source.read(0)


def test_a_source_is_started_once(run: Run) -> None:
    source = run(program("pass"))
    with pytest.raises(RuntimeError):
        source.start()
