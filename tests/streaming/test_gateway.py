"""nginx-rtmp's statistics and control pages, asked over real HTTP."""

import pytest

from streaming.gateway.base import GatewayError
from streaming.gateway.nginx_rtmp import NginxRtmp, parse_statistics
from tests.streaming.conftest import LiveStream, MediaServer, statistics_of


@pytest.fixture
def gateway(media_server: MediaServer) -> NginxRtmp:
    """The control pages of the media server."""
    return NginxRtmp(media_server.url + "/")


def test_a_publisher_is_told_with_what_it_sends(gateway: NginxRtmp, media_server: MediaServer) -> None:
    media_server.publishes("gate", 7, players=2, width=1920, height=1080)

    found = gateway.look().publishers["gate"]

    assert (found.client_id, found.address, found.players) == (7, "203.0.113.9", 2)
    assert (found.video_codec, found.width, found.height, found.audio_codec) == ("H264", 1920, 1080, "AAC")
    assert (found.bytes_in, found.bits_per_second, found.uptime_seconds) == (100_000, 2_000_000, 60.0)


def test_nobody_publishes_on_a_quiet_node(gateway: NginxRtmp) -> None:
    assert gateway.look().publishers == {}


def test_streams_of_other_applications_are_none_of_ours(gateway: NginxRtmp, media_server: MediaServer) -> None:
    media_server.publishes("gate", 7, application="preview")

    assert gateway.look().publishers == {}


def test_a_stream_that_only_players_wait_for_has_no_publisher() -> None:
    waiting = statistics_of([LiveStream("gate", 7, players=1)]).replace("<publishing/>", "")

    assert parse_statistics(waiting).publishers == {}


def test_dropping_says_whether_there_was_a_publisher(gateway: NginxRtmp, media_server: MediaServer) -> None:
    media_server.publishes("gate", 7)
    media_server.publishes("pier", 8)

    assert gateway.drop_publisher("gate")
    assert not gateway.drop_publisher("gate")
    assert list(gateway.look().publishers) == ["pier"]


@pytest.mark.parametrize("name", ["a b", "a&app=other", "../x", "💣", "100%"])
def test_a_strange_name_reaches_the_node_as_it_is(gateway: NginxRtmp, media_server: MediaServer, name: str) -> None:
    media_server.publishes(name, 7)

    assert list(gateway.look().publishers) == [name]
    assert gateway.drop_publisher(name)


def test_an_encoder_with_an_odd_name_does_not_hide_the_node(gateway: NginxRtmp, media_server: MediaServer) -> None:
    media_server.publishes("gate", 7, encoder="bad\x01\x08<&>\x1f\ufffe")
    media_server.publishes("pier", 8)

    assert set(gateway.look().publishers) == {"gate", "pier"}


@pytest.mark.parametrize("garbage", ["", "not XML", "<rtmp><server>", "<html></html", "\x00"])
def test_an_answer_that_makes_no_sense_is_an_error(gateway: NginxRtmp, media_server: MediaServer, garbage: str) -> None:
    media_server.says = garbage

    with pytest.raises(GatewayError):
        gateway.look()


def test_numbers_that_are_none_count_as_zero() -> None:
    broken = statistics_of([LiveStream("gate", 7)]).replace("<id>7</id>", "<id>seven</id>").replace("1280", "-1")

    found = parse_statistics(broken).publishers["gate"]
    assert (found.client_id, found.width) == (0, 0)


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_refusal_is_an_error(gateway: NginxRtmp, media_server: MediaServer, status: int) -> None:
    media_server.fails_with = status

    with pytest.raises(GatewayError, match=str(status)):
        gateway.look()
    with pytest.raises(GatewayError):
        gateway.drop_publisher("gate")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://no-such-host.invalid", "nonsense", "ftp://127.0.0.1"])
def test_a_node_that_is_not_there_is_an_error(url: str) -> None:
    with pytest.raises(GatewayError):
        NginxRtmp(url).look()
