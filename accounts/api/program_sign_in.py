"""Doors where programs sign in for a person, stay signed in, and sign out. They are open: what is shown is the lock."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import program_sign_in, refresh_families
from accounts.access import open_door
from accounts.addresses import client_address
from accounts.api.fields import Instant, Text

_NO_STORE = {"Cache-Control": "no-store"}  # RFC 6749 section 5.1
_LONGEST_TEXT = 4096


class SignInSerializer(serializers.Serializer[Any]):
    """What a person would type."""

    email = Text(max_length=254)
    password = Text(max_length=_LONGEST_TEXT, trim_whitespace=False, write_only=True)
    code = Text(
        max_length=40,
        required=False,
        default="",
        allow_blank=True,
        write_only=True,
        help_text="Of the authenticator app, or a recovery code; wanted when the person has a second factor",
    )


class RefreshSerializer(serializers.Serializer[Any]):
    """The newest refresh token."""

    refresh = Text(max_length=_LONGEST_TEXT, write_only=True)


class TokenPairSerializer(serializers.Serializer[Any]):
    """What a program holds: the access token goes into `Authorization: Bearer …`, the refresh token gets the next pair."""

    access = serializers.CharField(read_only=True)
    access_expires_at = Instant(read_only=True)
    refresh = serializers.CharField(read_only=True, help_text="Good once")
    refresh_expires_at = Instant(read_only=True)


class _OpenDoor(APIView):
    """Whatever credential comes along is not looked at."""

    authentication_classes = []
    permission_classes = [AllowAny]
    route_class = "sign-in"


class SignInView(_OpenDoor):
    """Where a sign-in begins."""

    @extend_schema(
        tags=["authentication"],
        operation_id="auth_token_create",
        summary="Sign a program in for a person",
        request=SignInSerializer,
        responses={200: TokenPairSerializer},
    )
    def post(self, request: Request) -> Response:
        """Answer with an access token and a refresh token.

        The problem `second-factor-wanted` (401) says that the password is right and `code` is missing. Attempts are
        counted: after too many that failed, the answer is `locked-out` (429) for a while.
        """
        wish = SignInSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        return _pair(program_sign_in.sign_program_in(**wish.validated_data, **_came_from(request)))


class RefreshView(_OpenDoor):
    """Where it goes on."""

    @extend_schema(
        tags=["authentication"],
        operation_id="auth_token_refresh_create",
        summary="Stay signed in",
        request=RefreshSerializer,
        responses={200: TokenPairSerializer},
    )
    def post(self, request: Request) -> Response:
        """Answer with a new pair; the refresh token that was sent is used up.

        Sending a used one ends the sign-in for everybody who holds it (401, `refresh-token-reused`).
        """
        return _pair(refresh_families.refresh(_sent_refresh(request), **_came_from(request)))


class SignOutView(_OpenDoor):
    """Where it ends."""

    @extend_schema(
        tags=["authentication"],
        operation_id="auth_token_logout_create",
        summary="Sign a program out",
        request=RefreshSerializer,
        responses={204: OpenApiResponse(description="It is signed out")},
    )
    def post(self, request: Request) -> Response:
        """End the sign-in of this refresh token: its access tokens stop working at once."""
        family = refresh_families.family_of(_sent_refresh(request))
        refresh_families.end(family, actor=family.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


sign_in = open_door("programs sign in here")(SignInView.as_view())
refresh = open_door("the refresh token that is sent is the lock")(RefreshView.as_view())
sign_out = open_door("the refresh token that is sent is the lock")(SignOutView.as_view())


def _pair(pair: Any) -> Response:
    return Response(TokenPairSerializer(pair).data, headers=_NO_STORE)


def _sent_refresh(request: Request) -> str:
    sent = RefreshSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    return str(sent.validated_data["refresh"])


def _came_from(request: Request) -> dict[str, Any]:
    return {"address": client_address(request._request), "user_agent": request.headers.get("User-Agent", "")}
