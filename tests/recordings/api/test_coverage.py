"""GET /api/v1/coverage/"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Role, User
from cameras.models import Camera
from recordings.choices import GapCause
from recordings.models import Interruption, Recording

URL = "/api/v1/coverage/"
DAY = {"start": "2024-01-31T12:00:00.000Z", "end": "2024-01-31T13:00:00.000Z"}


def test_a_viewer_reads_what_is_covered_what_is_missing_and_why(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_recording: Callable[..., Recording]
) -> None:
    first = make_recording(camera, 0, end_cause=GapCause.RECORDER_CRASHED, end_detail="exit code 1")
    make_recording(camera, 30)
    Interruption.objects.create(
        camera=camera, at=first.ended_at + timedelta(minutes=5), cause=GapCause.RECORDING_OFF, detail=""
    )
    answer = api_of(viewer).get(URL, {"camera": camera.public_id, **DAY, "resolution_seconds": "2"})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "start": "2024-01-31T12:00:00.000Z",
        "end": "2024-01-31T13:00:00.000Z",
        "resolution_seconds": 2.0,
        "covered": [
            {"start": "2024-01-31T12:00:00.000Z", "end": "2024-01-31T12:10:00.000Z"},
            {"start": "2024-01-31T12:30:00.000Z", "end": "2024-01-31T12:40:00.000Z"},
        ],
        "gaps": [
            {
                "start": "2024-01-31T12:10:00.000Z",
                "end": "2024-01-31T12:15:00.000Z",
                "cause": "recorder_crashed",
                "cause_label": "The recorder failed",
                "detail": "exit code 1",
            },
            {
                "start": "2024-01-31T12:15:00.000Z",
                "end": "2024-01-31T12:30:00.000Z",
                "cause": "recording_off",
                "cause_label": "Recording was switched off",
                "detail": "",
            },
            {
                "start": "2024-01-31T12:40:00.000Z",
                "end": "2024-01-31T13:00:00.000Z",
                "cause": "publisher_closed",
                "cause_label": "The camera stopped publishing",
                "detail": "",
            },
        ],
    }


def test_a_long_range_is_answered_more_coarsely_than_asked_and_says_so(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera
) -> None:
    month = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-31T00:00:00Z", "resolution_seconds": "1"}
    told = api_of(viewer).get(URL, {"camera": camera.public_id, **month}).json()
    assert told["resolution_seconds"] > 1


def test_gaps_end_at_the_present(api_of: Callable[..., APIClient], viewer: User, camera: Camera) -> None:
    now = timezone.now()
    query = {"start": (now - timedelta(hours=1)).isoformat(), "end": (now + timedelta(hours=1)).isoformat()}
    [gap] = api_of(viewer).get(URL, {"camera": camera.public_id, **query}).json()["gaps"]
    assert gap["cause"] == "never_published"
    assert gap["end"] < query["end"][:23]


def test_a_plus_that_was_not_escaped_is_understood(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera
) -> None:
    query = f"camera={camera.public_id}&start=2024-01-31T13:00:00+01:00&end=2024-01-31T14:00:00+0100"
    told = api_of(viewer).get(f"{URL}?{query}").json()
    assert (told["start"], told["end"]) == (DAY["start"], DAY["end"])


@pytest.mark.parametrize(
    ("start", "end", "pointer"),
    [
        ("2024-01-31T13:00:00Z", "2024-01-31T12:00:00Z", "/end"),
        ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00Z", "/end"),
        ("2999-01-31T12:00:00Z", "2999-01-31T13:00:00Z", "/start"),
        ("2024-01-01T00:00:00Z", "2024-02-01T00:00:01Z", "/end"),
        ("1969-12-31T00:00:00Z", "1969-12-31T01:00:00Z", "/start"),
    ],
)
def test_a_range_reversed_empty_in_the_future_too_long_or_too_old_is_refused(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    start: str,
    end: str,
    pointer: str,
) -> None:
    told = problem_of(
        api_of(viewer).get(URL, {"camera": camera.public_id, "start": start, "end": end}), 400, "bad-range"
    )
    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert told["detail"] == told["errors"][0]["message"]


def test_31_days_are_not_too_long(api_of: Callable[..., APIClient], viewer: User, camera: Camera) -> None:
    month = {"start": "2024-01-01T00:00:00Z", "end": "2024-02-01T00:00:00Z"}
    assert api_of(viewer).get(URL, {"camera": camera.public_id, **month}).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"start": ""}, ["/start"]),
        ({"start": "yesterday", "end": "today"}, ["/start", "/end"]),
        ({"end": "2024-01-31T13:00:00"}, ["/end"]),
        ({"start": "0000-01-01T00:00:00Z"}, ["/start"]),
        ({"start": "9999-12-31T23:59:59-12:00"}, ["/start"]),
        ({"resolution_seconds": "-1"}, ["/resolution_seconds"]),
        ({"resolution_seconds": "nan"}, ["/resolution_seconds"]),
        ({"resolution_seconds": "inf"}, ["/resolution_seconds"]),
        ({"resolution_seconds": "fine"}, ["/resolution_seconds"]),
        ({"resolution_seconds": "1_0"}, ["/resolution_seconds"]),
        ({"resolution_seconds": ""}, ["/resolution_seconds"]),
        ({"resolution_seconds": " 1"}, ["/resolution_seconds"]),
        ({"resolution_seconds": "1e999"}, ["/resolution_seconds"]),
    ],
)
def test_a_value_that_makes_no_sense_is_told_by_its_parameter(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    change: dict[str, Any],
    pointers: Any,
) -> None:
    told = problem_of(api_of(viewer).get(URL, {"camera": camera.public_id, **DAY, **change}), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == pointers


def test_a_resolution_beyond_all_measure_is_no_trouble(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera
) -> None:
    answer = api_of(viewer).get(URL, {"camera": camera.public_id, **DAY, "resolution_seconds": "1e300"})
    assert answer.status_code in (200, 400)


def test_camera_start_and_end_must_be_told(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(viewer).get(URL), 400, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {"/camera", "/start", "/end"}


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    make_recording: Callable[..., Recording],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    make_recording(camera)
    client = api_of(outsider)
    hidden = problem_of(client.get(URL, {"camera": camera.public_id, **DAY}), 404, "not-found")
    assert hidden == problem_of(client.get(URL, {"camera": "aaaaaaaaaaaa", **DAY}), 404, "not-found")


def test_a_role_that_watches_live_only_may_not_look(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    viewer.role = Role.objects.create(name="live", label="Live", scopes=["cameras:read", "live:watch"])
    viewer.save()
    problem_of(api_of(viewer).get(URL, {"camera": camera.public_id, **DAY}), 403, "forbidden")


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL, {"camera": camera.public_id, **DAY}), 401, "not-signed-in")


def test_coverage_cannot_be_written(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).post(URL, {}), 405, "method-not-allowed")
