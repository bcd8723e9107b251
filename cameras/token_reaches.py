"""To which cameras an API token is restricted. The token itself is the floor below's, which knows no cameras.

Whoever issues or edits a token with a reach does it here: one verb, one transaction, one audit entry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from accounts import api_tokens
from accounts.api_tokens import IssuedToken
from accounts.audit import Actor
from accounts.models import ApiToken, User
from cameras.models import Camera, CameraGroup, Site, TokenReach

WITH_PLACES = ("reaches__site", "reaches__group", "reaches__camera")
"""What to prefetch with tokens whose reaches are asked for."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The cameras of these sites, of these groups and the groups inside them, and these. Never more than the owner sees."""

    sites: Sequence[Site] = ()
    groups: Sequence[CameraGroup] = ()
    cameras: Sequence[Camera] = ()

    def in_words(self) -> list[str]:
        """As people are told it, and as the audit keeps it."""
        groups = [f"group {group}" for group in self.groups]
        return [f"site {site}" for site in self.sites] + groups + [f"camera {camera}" for camera in self.cameras]


@transaction.atomic
def issue(*, owner: User, actor: Actor, reach: Reach | None = None, **facts: Any) -> IssuedToken:
    """Make a token that reaches these places, or with None all that its owner sees. Facts and errors: `api_tokens.issue`."""
    issued = api_tokens.issue(owner=owner, actor=actor, reach=_words_of(reach), **facts)
    _keep(issued.token, reach)
    return issued


@transaction.atomic
def edit(token: ApiToken, *, actor: Actor, **facts: Any) -> ApiToken:
    """Change a token; with `reach` among the facts, also what it reaches. Facts and errors: `api_tokens.edit`."""
    if "reach" not in facts:
        return api_tokens.edit(token, actor=actor, **facts)
    reach: Reach | None = facts.pop("reach")
    words, before = _words_of(reach), _words_of(reach_of(token))
    changed = {"reach": words or []} if words != before else {}
    edited = api_tokens.edit(token, actor=actor, restricted=reach is not None, **changed, **facts)
    if changed:
        edited.reaches.all().delete()
        _keep(edited, reach)
    return edited


def reach_of(token: ApiToken) -> Reach | None:
    """What the token is restricted to; None: it reaches all that its owner sees. No query after `WITH_PLACES`."""
    if not token.restricted:
        return None
    reaches = list(token.reaches.all())
    return Reach(
        sites=[one.site for one in reaches if one.site],
        groups=[one.group for one in reaches if one.group],
        cameras=[one.camera for one in reaches if one.camera],
    )


def with_places(tokens: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
    """The tokens, with what `reach_of` asks for."""
    return tokens.prefetch_related(*WITH_PLACES)


def _words_of(reach: Reach | None) -> list[str] | None:
    if reach is None:
        return None
    words = reach.in_words()
    if not words:
        raise ValidationError({"reach": "Choose at least one site, camera group or camera."}, code="required")
    return words


def _keep(token: ApiToken, reach: Reach | None) -> None:
    TokenReach.objects.bulk_create(_rows(token, reach) if reach else [])


def _rows(token: ApiToken, reach: Reach) -> Iterable[TokenReach]:
    yield from (TokenReach(token=token, site=site) for site in dict.fromkeys(reach.sites))
    yield from (TokenReach(token=token, group=group) for group in dict.fromkeys(reach.groups))
    yield from (TokenReach(token=token, camera=camera) for camera in dict.fromkeys(reach.cameras))
