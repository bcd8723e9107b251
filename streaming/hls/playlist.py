"""Media playlists over byte ranges (RFC 8216)."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from streaming.hls.parts import MediaRun

PlaylistType = Literal["VOD", "EVENT"]

# EXT-X-MAP in an ordinary playlist needs 6 (RFC 8216, 7); players expect 7 with fragmented MP4.
_VERSION = 7
# A tag of our own, which players skip that do not know it. A Media Source cannot change its set of tracks.
_TRACKS_CHANGE = "#EXT-X-VMS-TRACKS-CHANGE"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNQUOTABLE = frozenset('"\r\n')


def render_media(
    runs: Sequence[MediaRun],
    *,
    playlist_type: PlaylistType,
    media_sequence: int = 0,
    least_target_seconds: int = 1,
) -> str:
    """A media playlist: whole (VOD), or one that further entries will be added to (EVENT).

    A growing playlist may not change its target duration (RFC 8216, 6.2.1): `least_target_seconds` makes it large enough
    for entries to come. Raises ValueError without entries, and for addresses and ranges that cannot be written.
    """
    if not runs:
        raise ValueError("a playlist needs an entry")
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{max(least_target_seconds, _target_seconds(runs))}",
        f"#EXT-X-MEDIA-SEQUENCE:{media_sequence}",
        f"#EXT-X-PLAYLIST-TYPE:{playlist_type}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    lines += _lines(runs)
    if playlist_type == "VOD":
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _target_seconds(runs: Iterable[MediaRun]) -> int:
    """The longest duration, rounded to the nearest second as 4.3.3.1 has players compare it; half goes up."""
    return math.floor(max(max(run.durations_seconds) for run in runs) + 0.5)


def _lines(runs: Iterable[MediaRun]) -> Iterator[str]:
    init_uri: str | None = None
    for run in runs:
        _check_ranges(run)
        if run.tracks_change:
            yield _TRACKS_CHANGE
        if run.discontinuity:
            yield "#EXT-X-DISCONTINUITY"
        # Said again after a discontinuity although it would still hold: Safari starts a new decoder there.
        if run.init_uri is not None and (run.discontinuity or run.init_uri != init_uri):
            yield f'#EXT-X-MAP:URI="{_checked_uri(run.init_uri)}"'
        init_uri = run.init_uri
        if run.program_date_time_us is not None:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{_instant(run.program_date_time_us)}"
        uri = _checked_uri(run.uri)
        durations = _decimals(run.durations_seconds)
        for seconds, length, offset in zip(durations, run.byte_lengths, run.byte_offsets, strict=True):
            yield f"#EXTINF:{seconds},\n#EXT-X-BYTERANGE:{length}@{offset}\n{uri}"


def _decimals(numbers: Sequence[float]) -> Iterator[str]:
    """Durations repeat, and it is writing them that takes the time."""
    written = {number: f"{number:.6f}" for number in set(numbers)}
    return map(written.__getitem__, numbers)


def _check_ranges(run: MediaRun) -> None:
    if min(run.byte_offsets) < 0 or min(run.byte_lengths) <= 0 or min(run.durations_seconds) < 0:
        raise ValueError(f"not byte ranges that play: {run}")


def _instant(at_us: int) -> str:
    """Milliseconds are what players read of it."""
    at = _EPOCH + timedelta(milliseconds=(at_us + 500) // 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _checked_uri(uri: str) -> str:
    """Raises ValueError for an address that would end its line or its quotes, or be taken for a tag or a comment."""
    if not uri or uri.startswith("#") or not _UNQUOTABLE.isdisjoint(uri):
        raise ValueError(f"not an address for a playlist: {uri!r}")
    return uri
