"""Media playlists over byte ranges (RFC 8216)."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from streaming.hls.parts import MediaSegment

PlaylistType = Literal["VOD", "EVENT"]

# EXT-X-MAP in an ordinary playlist needs 6 (RFC 8216, 7); players expect 7 with fragmented MP4.
_VERSION = 7
# A tag of our own, which players skip that do not know it. A Media Source cannot change its set of tracks.
_TRACKS_CHANGE = "#EXT-X-VMS-TRACKS-CHANGE"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNQUOTABLE = frozenset('"\r\n')


def render_media(
    segments: Sequence[MediaSegment],
    *,
    playlist_type: PlaylistType,
    media_sequence: int = 0,
    least_target_seconds: int = 1,
) -> str:
    """A media playlist: whole (VOD), or one that further segments will be added to (EVENT).

    A growing playlist may not change its target duration (RFC 8216, 6.2.1): `least_target_seconds` makes it large enough
    for segments to come. Raises ValueError without segments, and for addresses and ranges that cannot be written.
    """
    if not segments:
        raise ValueError("a playlist needs a segment")
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{max(least_target_seconds, _target_seconds(segments))}",
        f"#EXT-X-MEDIA-SEQUENCE:{media_sequence}",
        f"#EXT-X-PLAYLIST-TYPE:{playlist_type}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    lines += _segment_lines(segments)
    if playlist_type == "VOD":
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _target_seconds(segments: Iterable[MediaSegment]) -> int:
    """The longest duration, rounded to the nearest second as 4.3.3.1 has players compare it; half goes up."""
    return math.floor(max(segment.duration_seconds for segment in segments) + 0.5)


def _segment_lines(segments: Iterable[MediaSegment]) -> Iterator[str]:
    init_uri: str | None = None
    checked: str | None = None
    for segment in segments:
        uri, seconds, offset, length, clock_us, discontinuity, segment_init_uri, tracks_change = segment
        if offset < 0 or length <= 0 or seconds < 0:
            raise ValueError(f"not a byte range that plays: {segment}")
        if tracks_change:
            yield _TRACKS_CHANGE
        if discontinuity:
            yield "#EXT-X-DISCONTINUITY"
        # Said again after a discontinuity although it would still hold: Safari starts a new decoder there.
        if segment_init_uri is not None and (discontinuity or segment_init_uri != init_uri):
            yield f'#EXT-X-MAP:URI="{_checked_uri(segment_init_uri)}"'
        init_uri = segment_init_uri
        if clock_us is not None:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{_instant(clock_us)}"
        if uri != checked:  # a day has thousands of segments in few files
            checked = _checked_uri(uri)
        yield f"#EXTINF:{seconds:.6f},\n#EXT-X-BYTERANGE:{length}@{offset}\n{checked}"


def _instant(at_us: int) -> str:
    """Milliseconds are what players read of it."""
    at = _EPOCH + timedelta(milliseconds=(at_us + 500) // 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _checked_uri(uri: str) -> str:
    """Raises ValueError for an address that would end its line or its quotes, or be taken for a tag or a comment."""
    if not uri or uri.startswith("#") or not _UNQUOTABLE.isdisjoint(uri):
        raise ValueError(f"not an address for a playlist: {uri!r}")
    return uri
