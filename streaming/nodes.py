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
from streaming.gateway.base import GatewayError, LivePublisher
from streaming.gateway.nginx_rtmp import NginxRtmp
from streaming.models import MediaNode, PublishSession

logger = logging.getLogger(__name__)

_SILENT = timedelta(seconds=8)
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
        publishers = gateway_of(node).publishers()
    except GatewayError as error:
        logger.warning("node %s does not answer: %s", node.name, error)
        _note_silence(node)
        return
    MediaNode.objects.filter(pk=node.pk).update(seen_at=timezone.now())
    MediaNode.objects.filter(pk=node.pk, state=NodeState.LOST).update(state=NodeState.ACTIVE)
    for session in node.publish_sessions.open_now().select_related("camera"):
        _compare(session, publishers.get(session.camera.public_id))


def _compare(session: PublishSession, publisher: LivePublisher | None) -> None:
    age = timezone.now() - session.admitted_at
    if publisher is None or publisher.client_id != session.client_id:
        if age > ingest.JUST_ADMITTED:
            ingest.end_session(session, reason=EndReason.NODE_LOST)
    elif session.state == SessionState.ADMITTED:
        if publisher.video_codec == RELAYED_VIDEO and publisher.width:
            ingest.confirm_flowing(session)
        elif age > ingest.JUST_ADMITTED:
            ingest.note_trouble(session, Trouble.UNSUPPORTED_VIDEO if publisher.bytes_in else Trouble.NO_DATA)


def _note_silence(node: MediaNode) -> None:
    """A node that answers nobody for a while is lost, and so are its publishes."""
    if node.seen_at is not None and timezone.now() - node.seen_at < _SILENT:
        return
    MediaNode.objects.filter(pk=node.pk, state=NodeState.ACTIVE).update(state=NodeState.LOST)
    for session in node.publish_sessions.open_now().select_related("camera"):
        ingest.end_session(session, reason=EndReason.NODE_LOST)
