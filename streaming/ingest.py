"""Admit or refuse a publisher, confirm it by what flows, end its session with a reason.

Admitted is not flowing: nginx asks before it looks whether the name is taken (nginx-rtmp issue 1572), so a session
brings its camera online only when video is seen, and only the session's own end takes the camera offline.
"""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hmac import compare_digest

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from cameras import events, health
from cameras.models import Camera
from streaming.choices import EndReason, NodeState, RefusalCause, SessionState, Trouble
from streaming.gateway.base import GatewayError
from streaming.gateway.nginx_rtmp import NginxRtmp
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey
from streaming.signals import publish_ended, publish_started

logger = logging.getLogger(__name__)
_SAME_ATTEMPT = timedelta(minutes=5)
# Between our yes and the moment at which the node's statistics show the publisher.
JUST_ADMITTED = timedelta(seconds=4)


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


def admit(knock: Knock) -> PublishSession:
    """Open a session for a publisher. Raises PublisherRefused, and keeps the attempt."""
    node = MediaNode.objects.filter(name=knock.node_name).first()
    camera = Camera.objects.select_related("site", "group").filter(public_id=knock.name).first()
    try:
        key = _check(knock, node, camera)
        assert node is not None and camera is not None  # noqa: S101, PT018  (_check refused otherwise)
        return _open_session(knock, node, camera, key)
    except PublisherRefused as refusal:
        _keep_attempt(knock, node, camera, refusal.cause)
        raise


def still_welcome(knock: Knock) -> bool:
    """Whether a running publish may go on; ends its session if not. Unknown sessions are adopted by `admit`."""
    session = _session_of(knock)
    if session is None:
        return _readmit(knock)
    reason = _reason_to_end(session)
    if reason is not None:
        end_session(session, reason=reason)
        return False
    PublishSession.objects.filter(pk=session.pk).update(last_update_at=timezone.now())
    return True


def publisher_left(knock: Knock) -> None:
    """The node says the client has gone. Of a client that was never admitted, nothing changes."""
    session = _session_of(knock)
    if session is not None:
        end_session(session, reason=_reason_to_end(session) or EndReason.PUBLISHER_CLOSED)


@transaction.atomic
def confirm_flowing(session: PublishSession) -> None:
    """Video has been seen: the camera is online."""
    now = timezone.now()
    admitted = PublishSession.objects.open_now().filter(pk=session.pk, state=SessionState.ADMITTED)
    if admitted.update(state=SessionState.FLOWING, flowing_at=now, trouble=Trouble.NONE):
        health.observe(session.camera, online=True, cause="video flows", at=now)
        transaction.on_commit(partial(events.announce_activity, session.camera), robust=True)


def note_trouble(session: PublishSession, trouble: Trouble) -> None:
    """Say on the camera's page why a connected camera shows nothing."""
    changed = PublishSession.objects.open_now().filter(pk=session.pk).exclude(trouble=trouble).update(trouble=trouble)
    if changed:
        events.announce_activity(session.camera)


@transaction.atomic
def end_session(session: PublishSession, *, reason: EndReason) -> None:
    """Close a session. Does nothing to one that has ended."""
    now = timezone.now()
    ended = PublishSession.objects.open_now().filter(pk=session.pk)
    if not ended.update(state=SessionState.ENDED, ended_at=now, end_reason=reason):
        return
    session.refresh_from_db()
    health.observe(session.camera, online=False, cause=str(reason.label), at=now)
    transaction.on_commit(partial(events.announce_activity, session.camera), robust=True)
    transaction.on_commit(partial(publish_ended.send_robust, sender=PublishSession, session=session), robust=True)


def cut(session: PublishSession, *, reason: EndReason) -> None:
    """End a session and have the node drop its connection at once.

    When the node cannot be reached now, its next `on_update` does it: `still_welcome` says no.
    """
    try:
        NginxRtmp(session.node.control_url).drop_publisher(session.camera.public_id)
    except GatewayError as error:
        logger.warning("could not drop %s at once: %s", session.camera.public_id, error)
    end_session(session, reason=reason)


def is_just_admitted(session: PublishSession) -> bool:
    """Whether the node's statistics may not show the publisher yet. An admission in the future: the clock was set back."""
    return timedelta(0) <= timezone.now() - session.admitted_at < JUST_ADMITTED


def call_back(session: PublishSession) -> None:
    """Nobody can read a publish that is with an older process of nginx: with its next update it has to connect again."""
    try:
        process_id = NginxRtmp(session.node.control_url).look().process_id
    except GatewayError as error:
        logger.warning("cannot ask %s about %s: %s", session.node, session.camera.public_id, error)
        return
    if process_id not in (0, session.nginx_pid):
        note_trouble(session, Trouble.LEFT_BEHIND)


def _check(knock: Knock, node: MediaNode | None, camera: Camera | None) -> StreamKey:
    if node is None:
        raise PublisherRefused(RefusalCause.UNKNOWN_NODE)
    if camera is None:
        raise PublisherRefused(RefusalCause.UNKNOWN_CAMERA)
    key = _check_key(knock, camera)
    if camera.retired_at is not None:
        raise PublisherRefused(RefusalCause.RETIRED_CAMERA)
    if not camera.active:
        raise PublisherRefused(RefusalCause.INACTIVE_CAMERA)
    if node.state == NodeState.DRAINING:
        raise PublisherRefused(RefusalCause.DRAINING_NODE)
    return key


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


def _open_session(knock: Knock, node: MediaNode, camera: Camera, key: StreamKey) -> PublishSession:
    now = timezone.now()
    _settle_earlier_session(camera, knock)
    try:
        with transaction.atomic():
            session = PublishSession.objects.create(
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
            StreamKey.objects.filter(pk=key.pk).update(last_used_at=now)
            transaction.on_commit(
                partial(publish_started.send_robust, sender=PublishSession, session=session), robust=True
            )
            transaction.on_commit(partial(events.announce_activity, camera), robust=True)
    except IntegrityError as race:  # two knocks at once: the other one holds the name
        raise PublisherRefused(RefusalCause.ALREADY_PUBLISHING) from race
    return session


def _settle_earlier_session(camera: Camera, knock: Knock) -> None:
    """Refuse while the node really has a publisher; forget a session whose end nobody could tell us.

    A session of another nginx process that the node does not show has died with that process, however young it is.
    """
    earlier = PublishSession.objects.open_now().select_related("node", "camera").filter(camera=camera).first()
    if earlier is None:
        return
    try:
        live = NginxRtmp(earlier.node.control_url).look().publishers.get(camera.public_id)
    except GatewayError as error:
        logger.warning("cannot ask %s whether %s is live: %s", earlier.node, camera.public_id, error)
        raise PublisherRefused(RefusalCause.ALREADY_PUBLISHING) from error
    same_process = earlier.nginx_pid == knock.nginx_pid
    is_coming = live is None and same_process and is_just_admitted(earlier)
    if is_coming or (live is not None and live.client_id == earlier.client_id):
        raise PublisherRefused(RefusalCause.ALREADY_PUBLISHING)
    end_session(earlier, reason=EndReason.SUPERSEDED if same_process else EndReason.NODE_LOST)


def _session_of(knock: Knock) -> PublishSession | None:
    """The open session of a client. Callbacks that nginx sends while it reloads arrive through the new process."""
    candidates = list(
        PublishSession.objects.open_now()
        .select_related("camera__site", "camera__group", "node", "stream_key")
        .filter(node__name=knock.node_name, camera__public_id=knock.name, client_id=knock.client_id)
    )
    return next((one for one in candidates if one.nginx_pid == knock.nginx_pid), candidates[0] if candidates else None)


def _readmit(knock: Knock) -> bool:
    """A publish that runs on the node without a session: its end was told wrongly. It goes through the same door."""
    try:
        admit(knock)
    except PublisherRefused as refusal:
        logger.info("a running publish of %s may not go on: %s", knock.name, refusal)
        return False
    return True


def _reason_to_end(session: PublishSession) -> EndReason | None:
    camera, key = session.camera, session.stream_key
    if camera.retired_at is not None:
        return EndReason.CAMERA_RETIRED
    if not camera.active:
        return EndReason.CAMERA_INACTIVE
    if key is None or key.revoked_at is not None:
        return EndReason.KEY_REVOKED
    if not key.is_valid(timezone.now()):
        return EndReason.KEY_EXPIRED
    return EndReason.NODE_LOST if session.trouble == Trouble.LEFT_BEHIND else None


def _keep_attempt(knock: Knock, node: MediaNode | None, camera: Camera | None, cause: RefusalCause) -> None:
    now = timezone.now()
    same = PublishAttempt.objects.filter(
        camera=camera,
        presented_name=knock.name[:80],
        address=knock.address,
        cause=cause,
        last_at__gt=now - _SAME_ATTEMPT,
    ).first()
    if same is not None:
        PublishAttempt.objects.filter(pk=same.pk).update(last_at=now, count=F("count") + 1)
    else:
        PublishAttempt.objects.create(
            camera=camera,
            node=node,
            presented_name=knock.name[:80],
            address=knock.address,
            encoder=knock.encoder,
            cause=cause,
            first_at=now,
            last_at=now,
        )
    if camera is not None:
        events.announce_activity(camera)
