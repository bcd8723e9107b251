"""Answers a media node: may this publisher begin, may that one go on, this one has left.

What is asked at one moment is answered together, with a number of queries that does not grow with it: when a site's
power returns, a thousand cameras knock within a second.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hmac import compare_digest

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from accounts import access_decisions
from accounts.choices import Surface
from cameras import events
from cameras.models import Camera
from streaming import attempts, ingest
from streaming.attempts import Refused
from streaming.choices import EndReason, NodeState, RefusalCause, Trouble
from streaming.models import MediaNode, PublishSession, StreamKey
from streaming.signals import publishes_started


@dataclass(frozen=True, slots=True)
class Knock:
    """What a media node tells about a client that wants to publish."""

    node_name: str
    nginx_pid: int
    client_id: int
    name: str
    key: str = field(repr=False)
    address: str | None
    encoder: str


class PublisherRefused(Exception):
    """The publisher may not publish; `cause` says why and is on the camera's page."""

    def __init__(self, cause: RefusalCause) -> None:
        super().__init__(str(cause.label))
        self.cause = cause


Verdict = PublishSession | PublisherRefused


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A knock that shows a valid key, with the session it would get."""

    knock: Knock
    camera: Camera
    session: PublishSession


def admit(knock: Knock) -> PublishSession:
    """Open a session for a publisher. Raises PublisherRefused, and keeps the attempt."""
    (verdict,) = admit_many([knock])
    if isinstance(verdict, PublisherRefused):
        raise verdict
    return verdict


def admit_many(knocks: Sequence[Knock]) -> list[Verdict]:
    """Open a session for each publisher that may begin, keep an attempt of each that may not; verdicts in their order."""
    nodes = MediaNode.objects.in_bulk({knock.node_name for knock in knocks}, field_name="name")
    cameras = _cameras_of(knocks)
    verdicts: list[_Candidate | PublisherRefused] = [
        _check(knock, nodes.get(knock.node_name), cameras.get(knock.name)) for knock in knocks
    ]
    candidates = _first_of_each_camera(verdicts)
    earlier = ingest.earlier_sessions([one.session for one in candidates])
    with transaction.atomic():
        ingest.end_sessions(earlier.gone)
        opened = _open([one for one in candidates if one.camera.pk not in earlier.staying])
        final = [_verdict(one, opened) for one in verdicts]
        attempts.keep(
            [
                _refused(knock, nodes, cameras, verdict.cause)
                for knock, verdict in zip(knocks, final, strict=True)
                if isinstance(verdict, PublisherRefused)
            ]
        )
    return final


def still_welcome(knock: Knock) -> bool:
    """Whether a running publish may go on; ends its session if not."""
    return still_welcome_many([knock])[0]


def still_welcome_many(knocks: Sequence[Knock]) -> list[bool]:
    """Whether each running publish may go on; ends the sessions of those that may not.

    A publish that runs on the node without a session, because its end was told wrongly, goes through `admit_many`.
    """
    sessions = _sessions_of(knocks)
    unwelcome = {session.pk: reason for session in sessions if session and (reason := _reason_to_end(session))}
    welcome = [session.pk for session in sessions if session and session.pk not in unwelcome]
    ingest.end_sessions({session: unwelcome[session.pk] for session in sessions if session and session.pk in unwelcome})
    PublishSession.objects.filter(pk__in=welcome).update(last_update_at=timezone.now())
    strangers = [knock for knock, session in zip(knocks, sessions, strict=True) if session is None]
    readmitted = iter(admit_many(strangers) if strangers else [])
    return [
        session.pk not in unwelcome if session else isinstance(next(readmitted), PublishSession) for session in sessions
    ]


def publishers_left(knocks: Sequence[Knock]) -> None:
    """The node says that these clients have gone. Of a client that was never admitted, nothing changes."""
    left = [session for session in _sessions_of(knocks) if session]
    ingest.end_sessions({session: _reason_to_end(session) or EndReason.PUBLISHER_CLOSED for session in left})


def _cameras_of(knocks: Sequence[Knock]) -> dict[str, Camera]:
    """Cameras with those of their keys that were shown; a camera may have had many, most of them temporary."""
    shown = StreamKey.objects.filter(digest__in={StreamKey.digest_of(knock.key) for knock in knocks})
    cameras = Camera.objects.filter(public_id__in={knock.name for knock in knocks})
    return {camera.public_id: camera for camera in cameras.prefetch_related(Prefetch("stream_keys", queryset=shown))}


def _check(knock: Knock, node: MediaNode | None, camera: Camera | None) -> _Candidate | PublisherRefused:
    try:
        return _candidate(knock, node, camera)
    except PublisherRefused as refusal:
        return refusal


def _candidate(knock: Knock, node: MediaNode | None, camera: Camera | None) -> _Candidate:
    if node is None:
        raise PublisherRefused(RefusalCause.UNKNOWN_NODE)
    if not access_decisions.allows(knock.address, Surface.PUBLISH):
        raise PublisherRefused(RefusalCause.REFUSED_ADDRESS)
    if camera is None:
        raise PublisherRefused(RefusalCause.UNKNOWN_CAMERA)
    key = _check_key(knock, camera)
    if camera.retired_at is not None:
        raise PublisherRefused(RefusalCause.RETIRED_CAMERA)
    if not camera.active:
        raise PublisherRefused(RefusalCause.INACTIVE_CAMERA)
    if node.state == NodeState.DRAINING:
        raise PublisherRefused(RefusalCause.DRAINING_NODE)
    return _Candidate(knock, camera, _session(knock, node, camera, key))


def _check_key(knock: Knock, camera: Camera) -> StreamKey:
    if not knock.key:
        raise PublisherRefused(RefusalCause.MISSING_KEY)
    presented = StreamKey.digest_of(knock.key)
    key: StreamKey | None = next(
        (key for key in camera.stream_keys.all() if compare_digest(key.digest, presented)), None
    )
    if key is None:
        raise PublisherRefused(RefusalCause.WRONG_KEY)
    if key.revoked_at is not None:
        raise PublisherRefused(RefusalCause.REVOKED_KEY)
    if not key.is_valid(timezone.now()):
        raise PublisherRefused(RefusalCause.EXPIRED_KEY)
    return key


def _session(knock: Knock, node: MediaNode, camera: Camera, key: StreamKey) -> PublishSession:
    now = timezone.now()
    return PublishSession(
        camera=camera,
        node=node,
        nginx_pid=knock.nginx_pid,
        client_id=knock.client_id,
        stream_key=key,
        address=knock.address,
        encoder=knock.encoder,
        admitted_at=now,
        last_update_at=now,
    )


def _first_of_each_camera(verdicts: Iterable[_Candidate | PublisherRefused]) -> list[_Candidate]:
    """Of two that knock at one moment the first is looked at; the other finds the name taken."""
    firsts: dict[int, _Candidate] = {}
    for one in verdicts:
        if isinstance(one, _Candidate):
            firsts.setdefault(one.camera.pk, one)
    return list(firsts.values())


def _open(candidates: Sequence[_Candidate]) -> set[PublishSession]:
    """Write sessions; those whose camera got one from another process meanwhile are not among the answer."""
    if not candidates:
        return set()
    sessions = [one.session for one in candidates]
    PublishSession.objects.bulk_create(sessions, ignore_conflicts=True)
    written = set(PublishSession.objects.filter(pk__in=[one.pk for one in sessions]).values_list("pk", flat=True))
    opened = [session for session in sessions if session.pk in written]
    StreamKey.objects.filter(pk__in={one.stream_key_id for one in opened}).update(last_used_at=timezone.now())
    if opened:
        transaction.on_commit(
            partial(publishes_started.send_robust, sender=PublishSession, sessions=opened), robust=True
        )
        transaction.on_commit(partial(events.announce_activities, [one.camera for one in opened]), robust=True)
    return set(opened)


def _verdict(one: _Candidate | PublisherRefused, opened: set[PublishSession]) -> Verdict:
    if isinstance(one, PublisherRefused):
        return one
    return one.session if one.session in opened else PublisherRefused(RefusalCause.ALREADY_PUBLISHING)


def _refused(
    knock: Knock, nodes: Mapping[str, MediaNode], cameras: Mapping[str, Camera], cause: RefusalCause
) -> Refused:
    node, camera = nodes.get(knock.node_name), cameras.get(knock.name)
    return Refused(node, camera, knock.name, knock.address, knock.encoder, cause)


def _sessions_of(knocks: Sequence[Knock]) -> list[PublishSession | None]:
    """Each client's open session. Callbacks that nginx sends while it reloads arrive through the new process."""
    candidates = (
        PublishSession.objects.open_now()
        .select_related("camera", "node", "stream_key")
        .filter(camera__public_id__in={knock.name for knock in knocks})
    )
    by_client = {(one.node.name, one.camera.public_id, one.client_id): one for one in candidates}
    return [by_client.get((knock.node_name, knock.name, knock.client_id)) for knock in knocks]


def _reason_to_end(session: PublishSession) -> EndReason | None:
    camera, key = session.camera, session.stream_key
    if camera.retired_at is not None:
        return EndReason.CAMERA_RETIRED
    if not camera.active:
        return EndReason.CAMERA_INACTIVE
    if not access_decisions.allows(session.address, Surface.PUBLISH):
        return EndReason.REFUSED_ADDRESS
    if key is None or key.revoked_at is not None:
        return EndReason.KEY_REVOKED
    if not key.is_valid(timezone.now()):
        return EndReason.KEY_EXPIRED
    return EndReason.NODE_LOST if session.trouble == Trouble.LEFT_BEHIND else None
