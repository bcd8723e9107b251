"""The one error shape: problem details (RFC 9457), named in settings. The roof may know what every room raises."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.settings import api_settings

from accounts import refusals
from accounts.access import open_door
from accounts.access_decisions import AddressRefused
from accounts.access_rules import LocksAuthorOut
from accounts.api.conditions import ChangedMeanwhile, ConditionMissing
from accounts.api_tokens import ThroughToken, TokenIsRevoked, TokenNotYours
from accounts.delegation import MoreThanYouHold
from accounts.elevation import ElevationWanted
from accounts.idempotent_answers import AnswerIsLost, KeyUsedOtherwise, StillRunning
from accounts.membership import LastAdministrator
from accounts.program_sign_in import SecondFactorWanted, SignInLockedOut
from accounts.rate_limits import LimitsUnknown, TooManyRequests
from accounts.refresh_families import RefreshTokenReused, SecondFactorMissing
from accounts.roles import RoleIsBuiltin, RoleIsInUse
from accounts.sign_in import SignInRefused
from alerts.responses import NotUndone
from cameras.bulk_enrolment import RowsRefused
from cameras.enrolment import CameraIsRetired
from cameras.places import PlaceIsInUse
from cameras.spreadsheets import BadSpreadsheet
from recordings.ranges import BadRange
from streaming.viewing import ViewerRefused
from vms.middleware import current_request_id

CONTENT_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """A kind of problem: its status, the end of its type's URN, and its title."""

    status: int
    name: str
    title: str


class FieldProblem(NamedTuple):
    """What is wrong with one part of what was sent; `pointer` is a JSON pointer (RFC 6901) or names a parameter.

    In a list of cameras `row` counts from 1.
    """

    pointer: str
    code: str
    message: str
    row: int | None = None


MALFORMED = Kind(400, "malformed", "The request cannot be read")
INVALID = Kind(400, "invalid", "Something that was sent is not right")
BAD_RANGE = Kind(400, "bad-range", "The range makes no sense")
ROWS_REFUSED = Kind(422, "rows-refused", "Some rows of the list are refused")
# These two nginx tells by itself (templates/streaming/node/nginx.conf): no view is asked.
ADDRESS_TOO_LONG = Kind(414, "address-too-long", "The address is too long")
HEADERS_TOO_LARGE = Kind(431, "headers-too-large", "The headers are too large")
NOT_FOUND = Kind(404, "not-found", "There is no such thing")
SERVER_ERROR = Kind(500, "server-error", "The server failed")

# The first class that fits names the kind; the exception's text is the detail.
KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (BadSpreadsheet, MALFORMED),
    (exceptions.ParseError, MALFORMED),
    (RefreshTokenReused, Kind(401, "refresh-token-reused", "The refresh token was used before")),
    (SecondFactorMissing, Kind(401, "second-factor-missing", "The role asks for a second factor")),
    (SecondFactorWanted, Kind(401, "second-factor-wanted", "The code of the second factor is wanted")),
    (SignInLockedOut, Kind(429, "locked-out", "Too many attempts have failed")),
    (SignInRefused, Kind(401, "sign-in-refused", "The sign-in is refused")),
    (refusals.ExpiredCredential, Kind(401, "credential-expired", "The credential has expired")),
    (refusals.RevokedCredential, Kind(401, "credential-revoked", "The credential was revoked")),
    (
        refusals.CredentialFromElsewhere,
        Kind(401, "credential-from-elsewhere", "The credential is not for this address"),
    ),
    (refusals.HolderDisabled, Kind(401, "account-disabled", "The account is disabled")),
    (refusals.CredentialRefused, Kind(401, "credential-wrong", "The credential is wrong")),
    (exceptions.NotAuthenticated, Kind(401, "not-signed-in", "Sign in first")),
    (exceptions.AuthenticationFailed, Kind(401, "not-signed-in", "Sign in first")),
    (exceptions.PermissionDenied, Kind(403, "forbidden", "This is not allowed")),
    (PermissionDenied, Kind(403, "forbidden", "This is not allowed")),
    (ElevationWanted, Kind(403, "elevation-required", "This needs an elevation")),
    (MoreThanYouHold, Kind(403, "more-than-you-hold", "This goes beyond what you hold yourself")),
    (ThroughToken, Kind(403, "not-through-a-token", "An API token may not do this")),
    (TokenNotYours, Kind(403, "token-not-yours", "The token is another person's")),
    (AddressRefused, Kind(403, "address-refused", "Nobody is let in from this address")),
    (ViewerRefused, Kind(403, "viewer-refused", "The video may not be watched")),
    (exceptions.NotFound, NOT_FOUND),
    (exceptions.MethodNotAllowed, Kind(405, "method-not-allowed", "This cannot be done here")),
    (exceptions.NotAcceptable, Kind(406, "not-acceptable", "The answer cannot be had in this form")),
    (StillRunning, Kind(409, "still-running", "The same request is being carried out")),
    (AnswerIsLost, Kind(409, "answer-is-lost", "The answer to this request can no longer be read")),
    (CameraIsRetired, Kind(409, "camera-is-retired", "The camera is retired")),
    (PlaceIsInUse, Kind(409, "place-is-in-use", "Something hangs in it")),
    (RoleIsBuiltin, Kind(409, "role-is-builtin", "The role comes with the product")),
    (RoleIsInUse, Kind(409, "role-is-in-use", "Somebody has the role")),
    (TokenIsRevoked, Kind(409, "token-is-revoked", "The token is revoked")),
    (LocksAuthorOut, Kind(409, "locks-author-out", "The change would turn you away yourself")),
    (NotUndone, Kind(409, "not-undone", "It cannot be undone")),
    (LastAdministrator, Kind(409, "last-administrator", "Somebody must stay an administrator")),
    (ChangedMeanwhile, Kind(412, "changed-meanwhile", "It has changed since it was read")),
    (RequestDataTooBig, Kind(413, "too-large", "The body is too large")),
    (exceptions.UnsupportedMediaType, Kind(415, "unsupported-media-type", "The body has a form that is not read here")),
    (KeyUsedOtherwise, Kind(422, "key-used-otherwise", "The Idempotency-Key belongs to another request")),
    (ConditionMissing, Kind(428, "condition-missing", "The edit must say what it is based on")),
    (TooManyRequests, Kind(429, "too-many-requests", "Too many requests")),
    (LimitsUnknown, Kind(503, "limits-unknown", "Requests cannot be counted")),
    (SuspiciousOperation, MALFORMED),
)
CONFLICT = Kind(409, "conflict", "Somebody else changed it at the same time")
_CHALLENGE = 'Bearer realm="vms"'  # RFC 6750 section 3
_MOST_ROW_PROBLEMS = 1000
_NOTHING_HERE = "There is nothing here, or you may not see it."


def every_kind() -> list[Kind]:
    """All kinds of problems that the API tells, by status and name. docs/api/problems.md explains each."""
    bare = {INVALID, BAD_RANGE, ROWS_REFUSED, NOT_FOUND, CONFLICT, ADDRESS_TOO_LONG, HEADERS_TOO_LARGE, SERVER_ERROR}
    return sorted({*bare, *(kind for _, kind in KINDS)})


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The answer to an exception that a view raised; None for a bug, which Django reports."""
    if told := _told_by_field(error):
        return told
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return problem(NOT_FOUND, _NOTHING_HERE)
    if isinstance(error, IntegrityError):
        return problem(CONFLICT, "Read it again, then repeat the change if it is still wanted.")
    reason = getattr(error, "refusal", error)
    kind = next((kind for cls, kind in KINDS if isinstance(reason, cls)), None)
    return _with_headers(problem(kind, str(error) or kind.title), error) if kind else None


def _told_by_field(error: Exception) -> JsonResponse | None:
    """The answer to what names the parts of the request that are not right."""
    if isinstance(error, exceptions.ValidationError):
        return invalid(list(_flatten(error.detail)))
    if isinstance(error, ValidationError):
        return invalid(list(_model_problems(error)))
    if isinstance(error, RowsRefused):
        return problem(ROWS_REFUSED, str(error), list(_row_problems(error))[:_MOST_ROW_PROBLEMS])
    if isinstance(error, BadRange):
        return problem(BAD_RANGE, str(error), [FieldProblem(f"/{error.field}", BAD_RANGE.name, str(error))])
    return None


def problem(kind: Kind, detail: str, errors: list[FieldProblem] | None = None) -> JsonResponse:
    """A problem as the API tells it."""
    facts: dict[str, Any] = {
        "type": f"urn:vms:problem:{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "request_id": current_request_id(),
    }
    if errors:
        facts["errors"] = [{k: v for k, v in error._asdict().items() if v is not None} for error in errors]
    return JsonResponse(facts, status=kind.status, content_type=CONTENT_TYPE)


def invalid(errors: list[FieldProblem]) -> JsonResponse:
    """400, with what is wrong by field."""
    return problem(INVALID, " ".join(error.message for error in errors[:3]), errors)


@csrf_exempt
@open_door("tells only that nothing is at this address")
def unknown_path(request: HttpRequest) -> HttpResponse:
    """404 below the API's root, with a hint when only the last slash is missing."""
    slash = "" if request.path.endswith("/") else " Addresses of the API end with a slash."
    return problem(NOT_FOUND, f"The API has nothing at {request.path}.{slash}")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: problem details to programs, a page to people."""
    if request.path.startswith("/api/"):
        return problem(SERVER_ERROR, f"Tell the operator of this server. Request {current_request_id()}.")
    return defaults.server_error(request)


def _flatten(detail: Any, pointer: str = "") -> Iterator[FieldProblem]:
    """Every message in the nested errors of a serializer."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == api_settings.NON_FIELD_ERRORS_KEY else f"/{_escaped(str(name))}"
            yield from _flatten(inner, pointer + step)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flatten(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield FieldProblem(pointer, str(getattr(detail, "code", "invalid")), str(detail))


def _model_problems(error: ValidationError) -> Iterator[FieldProblem]:
    """Every message of a model's or a verb's validation."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    for name, inner_errors in by_field.items():
        pointer = "" if name == NON_FIELD_ERRORS else f"/{_escaped(name)}"
        for inner in inner_errors:
            yield FieldProblem(pointer, inner.code or "invalid", " ".join(inner.messages))


def _row_problems(error: RowsRefused) -> Iterator[FieldProblem]:
    for row in error.report.rows:
        for one in row.problems:
            yield FieldProblem(row.pointer(one), one.code, one.message, row.number)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _with_headers(response: HttpResponse, error: Exception) -> HttpResponse:
    """What HTTP wants beside a status: how to sign in (401), when to come back (429)."""
    if response.status_code == 401:
        refused = isinstance(getattr(error, "refusal", error), refusals.CredentialRefused)
        response["WWW-Authenticate"] = _CHALLENGE + (', error="invalid_token"' if refused else "")
    if wait := getattr(error, "wait", None) or getattr(error, "retry_after_seconds", None):
        response["Retry-After"] = str(int(wait))
    return response
