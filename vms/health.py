"""Am I up?"""

from django.db import connection
from django.http import HttpRequest, HttpResponse

from accounts import rate_limits
from accounts.access import open_door


@open_door("a probe without credentials asks; the answer holds no data")
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the process answers and reaches the database; a line more when nobody counts requests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    trouble = "" if rate_limits.can_count() else "redis is away: rate limits are not counted\n"
    return HttpResponse(f"ok\n{trouble}", content_type="text/plain")
