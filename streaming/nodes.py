"""Media nodes: register, observe, and keep publish sessions true to what a node really has."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from streaming import ingest
from streaming.choices import EndReason, NodeState, SessionState, Trouble
from streaming.gateway.base import GatewayError, NodeSight
from streaming.gateway.nginx_rtmp import NginxRtmp
from streaming.models import MediaNode, PublishSession

logger = logging.getLogger(__name__)

_SILENT = timedelta(seconds=8)
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
    for session in node.publish_sessions.open_now().select_related("camera"):
        _compare(session, sight)


def _compare(session: PublishSession, sight: NodeSight) -> None:
    publisher = sight.publishers.get(session.camera.public_id)
    if publisher is None or publisher.client_id != session.client_id:
        if not ingest.is_just_admitted(session) and not _may_be_with_an_older_process(session, sight):
            ingest.end_session(session, reason=EndReason.NODE_LOST)
    elif session.state == SessionState.ADMITTED:
        if publisher.video_codec == RELAYED_VIDEO and publisher.width:
            ingest.confirm_flowing(session)
        elif not ingest.is_just_admitted(session):
            ingest.note_trouble(session, Trouble.UNSUPPORTED_VIDEO if publisher.bytes_in else Trouble.NO_DATA)


def _may_be_with_an_older_process(session: PublishSession, sight: NodeSight) -> bool:
    """nginx that was reloaded keeps its cameras in a process that is in no statistics, and goes on to send updates."""
    if sight.process_id in (0, session.nginx_pid):
        return False
    silent = timezone.now() - session.last_update_at
    return silent < _MISSED_UPDATES * timedelta(seconds=settings.PUBLISH_UPDATE_SECONDS)


def _note_silence(node: MediaNode) -> None:
    """A node that answers nobody for a while is lost, and so are its publishes."""
    if node.seen_at is not None and timezone.now() - node.seen_at < _SILENT:
        return
    MediaNode.objects.filter(pk=node.pk, state=NodeState.ACTIVE).update(state=NodeState.LOST)
    for session in node.publish_sessions.open_now().select_related("camera"):
        ingest.end_session(session, reason=EndReason.NODE_LOST)
