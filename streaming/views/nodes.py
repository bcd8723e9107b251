"""Doors for people: media nodes."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.fragments import page_or_part
from accounts.scopes import Scope
from streaming import nodes as room
from streaming.choices import NodeState
from streaming.models import MediaNode, PublishAttempt

_ROWS = 10


@require_safe
@scope_required(Scope.NODES_READ)
def nodes(request: HttpRequest) -> HttpResponse:
    """Media nodes, and who was refused there under a name that no camera has."""
    publishing = Count("publish_sessions", filter=Q(publish_sessions__ended_at__isnull=True))
    strangers = PublishAttempt.objects.visible_to(request.user).filter(camera__isnull=True).select_related("node")
    context = {
        "nodes": MediaNode.objects.visible_to(request.user).annotate(publisher_count=publishing),
        "page": Paginator(strangers, _ROWS).get_page(request.GET.get("page")),
    }
    return page_or_part(request, "streaming/nodes.html", context, part="strangers")


@require_POST
@scope_required(Scope.NODES_READ, Scope.NODES_WRITE)
def drain(request: HttpRequest, name: str) -> HttpResponse:
    """Have a node take no new cameras; those that publish there stay."""
    return _change(request, name, NodeState.DRAINING, "{} takes no new cameras.")


@require_POST
@scope_required(Scope.NODES_READ, Scope.NODES_WRITE)
def activate(request: HttpRequest, name: str) -> HttpResponse:
    """Have a node take cameras again."""
    return _change(request, name, NodeState.ACTIVE, "{} takes cameras again.")


def _change(request: HttpRequest, name: str, state: NodeState, words: str) -> HttpResponse:
    node = get_object_or_404(MediaNode.objects.visible_to(request.user), name=name)
    room.edit_node(node, state=state, actor=actor_of(request))
    messages.success(request, words.format(node.name))
    return redirect("streaming:nodes")
