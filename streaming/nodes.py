"""Media nodes: register, observe, and keep publish sessions true to what a node really has."""

import logging
from collections.abc import Sequence, Set
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from streaming import ingest
from streaming.choices import EndReason, NodeState, SessionState, Trouble
from streaming.gateway.base import GatewayError, LivePublisher, NodeSight
from streaming.gateway.nginx_rtmp import NginxRtmp
from streaming.models import MediaNode, PublishSession

logger = logging.getLogger(__name__)

_SILENT = timedelta(seconds=8)
# What nginx tells may wait for a portal that is busy; only a portal that was away never hears of it.
_NEWS_TAKE = timedelta(seconds=10)
_MISSED_UPDATES = 2.5
RELAYED_VIDEO = "H264"


@transaction.atomic
def register_node(*, actor: Actor) -> MediaNode:
    """Write this machine's node as its settings describe it."""
    facts = {
        "region": settings.NODE_REGION,
        "host": settings.PUBLIC_HOST,
        "rtmp_port": settings.RTMP_PORT,
        "rtmps_port": settings.RTMPS_PORT,
        "control_url": settings.NODE_CONTROL_URL,
        "registered_at": timezone.now(),
    }
    node, created = MediaNode.objects.update_or_create(
        name=settings.NODE_NAME, defaults=facts, create_defaults={**facts, "state": NodeState.ACTIVE}
    )
    audit.record(actor=actor, verb=AuditVerb.NODE_REGISTERED, target=node, created=created)
    return node


@transaction.atomic
def edit_node(node: MediaNode, *, state: NodeState, actor: Actor) -> MediaNode:
    """Have a node take cameras, or no new ones (draining): those that publish there stay. Raises ValidationError."""
    if state == NodeState.LOST:
        raise ValidationError({"state": "Only watching a node tells that it is lost."}, code="state")
    node = MediaNode.objects.select_for_update(no_key=True).get(pk=node.pk)
    before = node.state
    if before != state:
        node.state = state
        node.save(update_fields=["state"])
        audit.record(actor=actor, verb=AuditVerb.NODE_EDITED, target=node, before=before, after=state)
    return node


def gateway_of(node: MediaNode) -> NginxRtmp:
    """The node's control pages."""
    return NginxRtmp(node.control_url)


def observe_node(node: MediaNode) -> None:
    """Compare open sessions with the node's publishers: confirm those that flow, end those that are gone."""
    try:
        sight = gateway_of(node).look()
    except GatewayError as error:
        logger.warning("node %s does not answer: %s", node.name, error)
        _note_silence(node)
        return
    MediaNode.objects.filter(pk=node.pk).update(seen_at=timezone.now())
    MediaNode.objects.filter(pk=node.pk, state=NodeState.LOST).update(state=NodeState.ACTIVE)
    _compare(list(node.publish_sessions.open_now().select_related("camera")), sight)


def _compare(sessions: Sequence[PublishSession], sight: NodeSight) -> None:
    """What is news is written for all sessions together: after a power cut it may be a thousand."""
    missing = [one for one in sessions if _publisher_of(one, sight) is None and not _may_be_there(one, sight)]
    gone = [one for one in missing if not _end_may_be_on_its_way(one, sight)]
    ingest.end_sessions(dict.fromkeys(gone, EndReason.NODE_LOST))
    _note_missing({one.pk for one in missing}, sessions)
    admitted = [one for one in sessions if one.state == SessionState.ADMITTED and _publisher_of(one, sight)]
    ingest.confirm_flowing_many([one for one in admitted if _shows_video(one, sight)])
    dark = [one for one in admitted if not _shows_video(one, sight) and not ingest.is_just_admitted(one)]
    for trouble in (Trouble.UNSUPPORTED_VIDEO, Trouble.NO_DATA):
        ingest.note_trouble_of_many([one for one in dark if _trouble_of(one, sight) == trouble], trouble)


def _publisher_of(session: PublishSession, sight: NodeSight) -> LivePublisher | None:
    publisher = sight.publishers.get(session.camera.public_id)
    return publisher if publisher is not None and publisher.client_id == session.client_id else None


def _shows_video(session: PublishSession, sight: NodeSight) -> bool:
    publisher = _publisher_of(session, sight)
    return publisher is not None and publisher.video_codec == RELAYED_VIDEO and publisher.width > 0


def _trouble_of(session: PublishSession, sight: NodeSight) -> Trouble:
    publisher = _publisher_of(session, sight)
    return Trouble.UNSUPPORTED_VIDEO if publisher is not None and publisher.bytes_in else Trouble.NO_DATA


def _may_be_there(session: PublishSession, sight: NodeSight) -> bool:
    """Whether a publisher that the statistics do not show may be one all the same."""
    return ingest.is_just_admitted(session) or _may_be_with_an_older_process(session, sight)


def _may_be_with_an_older_process(session: PublishSession, sight: NodeSight) -> bool:
    """nginx that was reloaded keeps its cameras in a process that is in no statistics, and goes on to send updates."""
    if sight.process_id in (0, session.nginx_pid):
        return False
    silent = timezone.now() - session.last_update_at
    return silent < _MISSED_UPDATES * timedelta(seconds=settings.PUBLISH_UPDATE_SECONDS)


def _end_may_be_on_its_way(session: PublishSession, sight: NodeSight) -> bool:
    """A publisher leaves the statistics before the portal hears why: what nginx tells is better than what is not seen."""
    if sight.process_id != session.nginx_pid:
        return False
    missed_at = session.missed_at or timezone.now()
    return timedelta(0) <= timezone.now() - missed_at < _NEWS_TAKE


def _note_missing(missing: Set[UUID], sessions: Sequence[PublishSession]) -> None:
    since = {one.pk for one in sessions if one.missed_at is not None}
    rows = PublishSession.objects.open_now()
    if fresh := missing - since:
        rows.filter(pk__in=fresh).update(missed_at=timezone.now())
    if back := since - missing:
        rows.filter(pk__in=back).update(missed_at=None)


def _note_silence(node: MediaNode) -> None:
    """A node that says nothing for a while is lost, and so are its publishes.

    One that is too busy to be looked at, as when all cameras of a site come at once, still sends updates of them.
    """
    updated_at = node.publish_sessions.open_now().aggregate(at=Max("last_update_at"))["at"]
    heard_at = max(filter(None, (node.seen_at, updated_at)), default=None)
    if heard_at is not None and timezone.now() - heard_at < _SILENT:
        return
    MediaNode.objects.filter(pk=node.pk, state=NodeState.ACTIVE).update(state=NodeState.LOST)
    lost = node.publish_sessions.open_now().select_related("camera")
    ingest.end_sessions(dict.fromkeys(lost, EndReason.NODE_LOST))
