"""Am I up?"""

from django.db import connection
from django.http import HttpRequest, HttpResponse

from accounts.access import open_door


@open_door("a probe without credentials asks; the answer holds no data")
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the process answers and reaches the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
