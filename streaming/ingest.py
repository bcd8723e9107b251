"""The life of a publish session: confirmed by what flows, told what is wrong, ended with a reason.

Admitted is not flowing: nginx asks before it looks whether the name is taken (nginx-rtmp issue 1572), so a session
brings its camera online only when video is seen, and only the session's own end takes the camera offline.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from cameras import events, health
from streaming.choices import EndReason, SessionState, Trouble
from streaming.gateway.base import GatewayError, NodeSight
from streaming.gateway.nginx_rtmp import NginxRtmp
from streaming.models import MediaNode, PublishSession
from streaming.querysets import PublishSessionQuerySet
from streaming.signals import publishes_ended

logger = logging.getLogger(__name__)
# Between our yes and the moment at which the node's statistics show the publisher.
JUST_ADMITTED = timedelta(seconds=4)


@dataclass(slots=True)
class EarlierSessions:
    """Open sessions of cameras that knock again: ids of cameras whose publish goes on, and sessions that have ended."""

    staying: set[int] = field(default_factory=set)
    gone: dict[PublishSession, EndReason] = field(default_factory=dict)


def confirm_flowing(session: PublishSession) -> None:
    """Video has been seen: the camera is online."""
    confirm_flowing_many([session])


@transaction.atomic
def confirm_flowing_many(sessions: Sequence[PublishSession]) -> None:
    """Video of these has been seen: their cameras are online. Of sessions that flow or have ended, nothing changes."""
    now = timezone.now()
    admitted = PublishSession.objects.open_now().filter(state=SessionState.ADMITTED)
    confirmed = _locked(admitted, sessions)
    if confirmed:
        _rows(confirmed).update(state=SessionState.FLOWING, flowing_at=now, trouble=Trouble.NONE)
        cameras = [session.camera for session in confirmed]
        health.observe_many(cameras, online=True, cause="video flows", at=now)
        transaction.on_commit(partial(events.announce_activities, cameras), robust=True)


def note_trouble(session: PublishSession, trouble: Trouble) -> None:
    """Say on the camera's page why a connected camera shows nothing."""
    note_trouble_of_many([session], trouble)


@transaction.atomic
def note_trouble_of_many(sessions: Sequence[PublishSession], trouble: Trouble) -> None:
    """Say on the cameras' pages why they show nothing."""
    changed = _locked(PublishSession.objects.open_now().exclude(trouble=trouble), sessions)
    if changed:
        _rows(changed).update(trouble=trouble)
        cameras = [session.camera for session in changed]
        transaction.on_commit(partial(events.announce_activities, cameras), robust=True)


def end_session(session: PublishSession, *, reason: EndReason) -> None:
    """Close a session. Does nothing to one that has ended."""
    end_sessions({session: reason})


def end_sessions(reasons: Mapping[PublishSession, EndReason]) -> None:
    """Close sessions, each for its reason. Does nothing to those that have ended."""
    if reasons:
        _end_sessions(reasons)


def cut(session: PublishSession, *, reason: EndReason) -> None:
    """End a session and have the node drop its connection at once.

    When the node cannot be reached now, its next `on_update` does it: `admission.still_welcome_many` says no.
    """
    try:
        NginxRtmp(session.node.control_url).drop_publisher(session.camera.public_id)
    except GatewayError as error:
        logger.warning("could not drop %s at once: %s", session.camera.public_id, error)
    end_session(session, reason=reason)


@transaction.atomic
def cut_by_hand(session: PublishSession, *, actor: Actor) -> None:
    """Somebody ends a publish. The camera may come back at once: its key, revoked, or deactivation keeps it away."""
    if session.ended_at is None:
        audit.record(actor=actor, verb=AuditVerb.PUBLISH_CUT_OFF, target=session, camera=session.camera.public_id)
        transaction.on_commit(partial(cut, session, reason=EndReason.CUT_OFF))


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


def earlier_sessions(newcomers: Sequence[PublishSession]) -> EarlierSessions:
    """What became of the publishes that the newcomers' cameras had. Asks each node concerned once."""
    found = EarlierSessions()
    wanted = {newcomer.camera_id: newcomer for newcomer in newcomers}
    sights: dict[int, NodeSight | None] = {}
    for earlier in PublishSession.objects.open_now().select_related("node", "camera").filter(camera__in=wanted):
        if earlier.node_id not in sights:
            sights[earlier.node_id] = _sight_of(earlier.node)
        reason = _why_gone(earlier, wanted[earlier.camera_id], sights[earlier.node_id])
        if reason is None:
            found.staying.add(earlier.camera_id)
        else:
            found.gone[earlier] = reason
    return found


def _sight_of(node: MediaNode) -> NodeSight | None:
    try:
        return NginxRtmp(node.control_url).look()
    except GatewayError as error:
        logger.warning("cannot ask %s who is live: %s", node, error)
        return None


def _why_gone(earlier: PublishSession, newcomer: PublishSession, sight: NodeSight | None) -> EndReason | None:
    """None while the node really has the publisher, or cannot say; else why a session whose end nobody told has ended.

    A session of another nginx process that the node does not show has died with that process, however young it is.
    """
    if sight is None:
        return None
    live = sight.publishers.get(earlier.camera.public_id)
    same_process = earlier.nginx_pid == newcomer.nginx_pid
    is_coming = live is None and same_process and is_just_admitted(earlier)
    if is_coming or (live is not None and live.client_id == earlier.client_id):
        return None
    return EndReason.SUPERSEDED if same_process else EndReason.NODE_LOST


def _locked(wanted: PublishSessionQuerySet[PublishSession], sessions: Sequence[PublishSession]) -> list[PublishSession]:
    """Those of the sessions that are wanted, locked in one order so that two who lock many never wait for each other."""
    if not sessions:
        return []
    keys = wanted.filter(pk__in=[session.pk for session in sessions]).order_by("pk").select_for_update(no_key=True)
    locked = set(keys.values_list("pk", flat=True))
    return [session for session in sessions if session.pk in locked]


def _rows(sessions: Iterable[PublishSession]) -> PublishSessionQuerySet[PublishSession]:
    return PublishSession.objects.filter(pk__in=[session.pk for session in sessions])


@transaction.atomic
def _end_sessions(reasons: Mapping[PublishSession, EndReason]) -> None:
    now = timezone.now()
    ended = _locked(PublishSession.objects.open_now(), list(reasons))
    for reason in {reasons[session] for session in ended}:
        _end([session for session in ended if reasons[session] == reason], reason, now)
    if ended:
        cameras = [session.camera for session in ended]
        transaction.on_commit(partial(events.announce_activities, cameras), robust=True)
        transaction.on_commit(partial(publishes_ended.send_robust, sender=PublishSession, sessions=ended), robust=True)


def _end(sessions: Sequence[PublishSession], reason: EndReason, now: datetime) -> None:
    _rows(sessions).update(state=SessionState.ENDED, ended_at=now, end_reason=reason)
    health.observe_many([session.camera for session in sessions], online=False, cause=str(reason.label), at=now)
    for session in sessions:
        session.state, session.ended_at, session.end_reason = SessionState.ENDED, now, reason
