"""Doors for people: many cameras from a list."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import posted
from accounts.scopes import Scope
from cameras import spreadsheets
from cameras.bulk_enrolment import Row, RowsRefused
from cameras.choices import RowOutcome
from streaming import commissioning
from streaming.commissioning import CSV_COLUMNS
from streaming.forms import CameraListForm

_ROWS_SHOWN = 500
form_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@form_page
@scope_required(Scope.CAMERAS_READ, Scope.CAMERAS_WRITE)
def enrol_from_list(request: HttpRequest) -> HttpResponse:
    """Take a file, show what would become of each row, and carry it out when that is confirmed."""
    user = actor_of(request)
    form = CameraListForm(posted(request), request.FILES or None, user=user)
    if not form.is_valid():
        return render(request, "streaming/camera_list.html", {"form": form}, status=422 if form.errors else 200)
    confirmed = "confirmed" in request.POST and not request.FILES  # another file is looked at first
    try:
        done = commissioning.commission(form.rows, actor=user, dry_run=not confirmed, **form.wishes)
    except RowsRefused as error:
        done = commissioning.Commission(error.report)
        messages.error(request, str(error))
        confirmed = False
    told = commissioning.as_told(done)
    context = {"form": form, "told": told, "rows": _worst_first(done.report.rows), "confirmed": confirmed}
    if confirmed and done.keys:
        context["file"] = spreadsheets.write_rows(CSV_COLUMNS, commissioning.as_lines(told["results"]))
    return render(request, "streaming/camera_list.html", context)


@require_safe
@scope_required(Scope.CAMERAS_WRITE)
def template(request: HttpRequest) -> HttpResponse:
    """A list with one example, to be filled in."""
    headers = {"Content-Disposition": 'attachment; filename="cameras.csv"'}
    return HttpResponse("\ufeff" + spreadsheets.template(), content_type="text/csv; charset=utf-8", headers=headers)


def _worst_first(rows: Iterable[Row]) -> list[Row]:
    """The rows that are shown: refused ones before the others, and not more than a browser likes."""
    return sorted(rows, key=lambda row: row.outcome != RowOutcome.REFUSED)[:_ROWS_SHOWN]
