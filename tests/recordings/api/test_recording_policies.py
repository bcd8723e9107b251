"""/api/v1/recording-policies/{public_id}/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras.models import Camera
from recordings import policies
from recordings.choices import RecordingMode, RecordingSource


def url(camera: Camera) -> str:
    return f"/api/v1/recording-policies/{camera.public_id}/"


def test_a_camera_is_recorded_unless_somebody_chose_otherwise(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera
) -> None:
    policy = {"camera": camera.public_id, "mode": "continuous", "stream_source": "auto"}
    assert api_of(viewer).get(url(camera)).json() == policy


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_operator_stops_recording(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, method: str
) -> None:
    answer = getattr(api_of(operator), method)(url(camera), {"mode": "off"})
    policy = {"camera": camera.public_id, "mode": "off", "stream_source": "auto"}
    assert (answer.status_code, answer.json()) == (200, policy)
    assert policies.mode_of(camera) == RecordingMode.OFF
    assert AuditEntry.objects.get(verb=AuditVerb.RECORDING_POLICY_SET).actor == operator


def test_an_operator_starts_it_again(api_of: Callable[..., APIClient], operator: User, camera: Camera) -> None:
    client = api_of(operator)
    client.put(url(camera), {"mode": "off"})
    assert client.put(url(camera), {"mode": "continuous"}).json()["mode"] == "continuous"
    assert policies.mode_of(camera) == RecordingMode.CONTINUOUS


def test_an_operator_chooses_what_reads_the_stream(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    answer = api_of(operator).patch(url(camera), {"stream_source": "ffmpeg"})
    policy = {"camera": camera.public_id, "mode": "continuous", "stream_source": "ffmpeg"}
    assert (answer.status_code, answer.json()) == (200, policy)
    assert policies.source_of(camera) == RecordingSource.FFMPEG
    entry = AuditEntry.objects.get(verb=AuditVerb.RECORDING_POLICY_SET)
    assert (entry.actor, entry.data) == (operator, {"before": "auto", "after": "ffmpeg"})


def test_who_stops_recording_does_not_change_what_reads_the_stream(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    api_of(operator).patch(url(camera), {"stream_source": "rtmp"})
    assert api_of(operator).put(url(camera), {"mode": "off"}).json()["stream_source"] == "rtmp"


def test_a_source_that_does_not_exist_is_refused(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(operator).patch(url(camera), {"stream_source": "gstreamer"}), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/stream_source"]


@pytest.mark.parametrize("body", [{}, {"mode": "sometimes"}, {"mode": None}])
def test_a_mode_that_makes_no_sense_is_refused(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    body: Any,
) -> None:
    told = problem_of(api_of(operator).put(url(camera), body), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/mode"]


def test_a_viewer_may_not_write(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(viewer).put(url(camera), {"mode": "off"}), 403, "forbidden")
    assert policies.mode_of(camera) == RecordingMode.CONTINUOUS


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient], outsider: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(outsider)
    hidden = problem_of(client.get(url(camera)), 404, "not-found")
    assert hidden == problem_of(client.get("/api/v1/recording-policies/aaaaaaaaaaaa/"), 404, "not-found")


def test_an_unknown_camera_is_not_found(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    answer = api_of(operator).put("/api/v1/recording-policies/aaaaaaaaaaaa/", {"mode": "off"})
    problem_of(answer, 404, "not-found")


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(url(camera)), 401, "not-signed-in")


def test_a_policy_cannot_be_deleted(
    api_of: Callable[..., APIClient], admin: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).delete(url(camera)), 405, "method-not-allowed")
