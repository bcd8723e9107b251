"""Every list of the API among 10,000 cameras, 1,000,000 audit entries and as many API calls: its times and its queries."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.quantiles import spread_of
from bench.results import Goal, Report
from bench.under_test import PASSWORD, vms

NAME = "lists"
_LIMIT_MS = 100
_ROUNDS = 40
# A report on every row that there is: how long it takes is told, and no goal.
_ALL_CALLS = "of a month"
_UNLIMITED = "token=0,person=0,address=0,read=0,write=0,sign-in=0,export=0"
_PARAMETER = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")
_STREAMS = ("export/", "schema/")

Question = tuple[str, str]


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--cameras", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="lists whose address contains this")


def run(wish: Namespace) -> None:
    """Fill the database, seal the audit, ask every list as an administrator and as a viewer with grants."""
    report = Report(NAME, wish.results)
    with vms(settings={"VMS_RATE_LIMITS": _UNLIMITED, "VMS_ALLOWED_HOSTS": "testserver"}):
        from bench import rows  # noqa: PLC0415  (Django has been set up by `vms`)

        began = time.perf_counter()
        rows.fill(cameras=wish.cameras, entries=wish.entries, calls=wish.calls)
        print(f"  rows are in place after {time.perf_counter() - began:.0f} s", flush=True)
        if not wish.only:
            _seal(report, wish.entries)
        gc.collect()
        gc.freeze()  # as the web process does
        for role, client in (("admin", _client_of("admin")), ("viewer", _client_of("viewer"))):
            for name, address in _questions():
                if wish.only in address:
                    _ask(report, f"{role}: {name}", client, address)
        if not wish.only:
            _prove(report, wish.entries)
            _export(report, _client_of("admin"))


def _client_of(role: str) -> Any:
    """The API for an administrator, or for a viewer who sees ten sites and a region."""
    from rest_framework.test import APIClient  # noqa: PLC0415

    from accounts import membership  # noqa: PLC0415
    from accounts.audit import SYSTEM  # noqa: PLC0415
    from accounts.models import Role, User  # noqa: PLC0415
    from cameras import places  # noqa: PLC0415
    from cameras.models import CameraGroup, Site  # noqa: PLC0415

    email = f"bench-{role}@vms.example"
    user = User.objects.filter(email=email).first()
    if user is None:
        roles = Role.objects.get(name=role)
        user = membership.add_member(email=email, name=role, role=roles, password=PASSWORD, actor=SYSTEM)
        if role == "viewer":
            for site in Site.objects.order_by("pk")[:10]:
                places.grant_view(user=user, site=site, actor=SYSTEM)
            places.grant_view(user=user, group=CameraGroup.objects.earliest("pk"), actor=SYSTEM)
    client = APIClient()
    client.force_login(user)
    return client


def _questions() -> Iterator[Question]:
    """Every address that a GET may find a list at, bare and with the questions that people ask of it."""
    samples = _samples()
    for route in sorted(set(_readable_routes())):
        address = _PARAMETER.sub(lambda found: samples.get(found[1] or found[2], "1"), route)
        path = address.removeprefix("/api/v1/")
        asked = _asked_of(path, samples)
        for words, question in asked.items():
            yield f"{_PARAMETER.sub('…', route)} {words}".strip(), f"{address}{question}"


def _readable_routes() -> Iterator[str]:
    """Routes of viewsets that answer GET, whoever has written them."""
    from django.urls import get_resolver  # noqa: PLC0415

    for route, view in _walk(get_resolver().url_patterns, ""):
        actions: Mapping[str, str] = getattr(view, "actions", None) or {}
        if route.startswith("api/v1/") and "get" in actions and not route.endswith(_STREAMS):
            yield "/" + route


def _walk(patterns: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + re.sub(r"[\^$]|\\Z", "", str(pattern.pattern))
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def _samples() -> dict[str, str]:
    from accounts.models import ApiToken, User  # noqa: PLC0415
    from cameras.models import Camera, Site  # noqa: PLC0415

    camera = Camera.objects.order_by("pk")[5]
    return {
        "public_id": camera.public_id,
        "camera": camera.public_id,
        "site": str(Site.objects.earliest("pk").pk),
        "person": str(User.objects.filter(role__name="viewer").earliest("pk").pk),
        "token": str(ApiToken.objects.earliest("pk").pk),
        "name": "bench-0",
    }


def _asked_of(path: str, samples: Mapping[str, str]) -> dict[str, str]:
    """Questions by what they are called; each list is also asked as it is."""
    now = datetime.now(UTC)
    day = {"after": (now - timedelta(days=8)).isoformat(), "before": (now - timedelta(days=7)).isoformat()}
    span = {"start": (now - timedelta(days=1)).isoformat(), "end": now.isoformat()}
    asked: dict[str, dict[str, dict[str, str]]] = {
        "audit/": {
            "": {},
            "of a person": {"actor": samples["person"]},
            "of a verb": {"verb": "camera_edited"},
            "about a camera": {"target_type": "cameras.camera", "target_id": "7"},
            "through a door": {"door": "socket"},
            "by a token": {"token": samples["token"]},
            "from an address": {"address": "198.51.7.7"},
            "of a request": {"request_id": "0" * 32},
            "of a day": day,
            "of a verb on a day": {"verb": "camera_edited", **day},
            "frequent words": {"q": "gate person-7"},
            "rare words": {"q": "Gate 777777"},
            "words that never occur": {"q": "nowhere"},
        },
        "api-calls/": {
            "": {},
            "of a route": {"route": "/api/v1/cameras/"},
            "that failed": {"failed": "true"},
            "of a status": {"status": "500"},
            "of a person": {"user": samples["person"]},
            "by a token": {"token": samples["token"]},
            "from an address": {"address": "198.51.7.7"},
            "of a day": day,
        },
        "api-usage/": {
            "by route": {},
            "by token": {"by": "token"},
            "by time": {"by": "time"},
            "of a day": day,
            _ALL_CALLS: {"after": (now - timedelta(days=30)).isoformat(), "before": now.isoformat()},
        },
        "sign-in-attempts/": {
            "": {},
            "that failed": {"outcome": "wrong"},
            "of an address": {"email": "person-7@vms.example"},
        },
        "cameras/": {
            "": {},
            "in words": {"q": "gate 7"},
            "of a site": {"site": samples["site"]},
            "the last page": {"page": "20"},
        },
        "coverage/": {"of a day": {"camera": samples["camera"], **span}},
        "coverages/": {"of a day": {"camera": samples["camera"], **span}},
    }
    found = asked.get(path, {"": {}})
    return {words: f"?{urlencode(question)}" if question else "" for words, question in found.items()}


def _ask(report: Report, case: str, client: Any, address: str) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    queries, rows = len(captured), _rows_of(answer)
    if rows is None:
        return
    times, computed = [], _computed()
    for _ in range(_ROUNDS):
        before = time.perf_counter()
        client.get(address)
        times.append(1000 * (time.perf_counter() - before))
    spread = spread_of(times)
    ours, the_databases = ((after - before) / _ROUNDS for after, before in zip(_computed(), computed, strict=True))
    cpu = {"cpu_ms": round(1000 * ours, 1), "database_cpu_ms": round(1000 * the_databases, 1)}
    goals = [] if case.endswith(_ALL_CALLS) else [Goal(f"{case}, p95", spread["p95"], _LIMIT_MS, "ms")]
    report.add(case, {"ms": spread, **cpu, "queries": queries, "rows": rows}, goals)


def _computed() -> tuple[float, float]:
    """Seconds of processor time of this process, and of the database's for it: they tell more than a clock on a machine
    that has something else to do, too."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return time.process_time(), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rows_of(answer: Any) -> int | None:
    """How many rows were answered; None for what is no list, or not for this role."""
    if answer.status_code != 200:
        return None
    with suppress(ValueError, KeyError, TypeError):
        return len(answer.json()["results"])
    return None


def _seal(report: Report, entries: int) -> None:
    from django.db import connection  # noqa: PLC0415

    from accounts import audit_chain  # noqa: PLC0415

    began = time.perf_counter()
    sealed = audit_chain.seal_all()
    seconds = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server itself does, minutes later
    report.add("sealing", {"entries": sealed, "seconds": round(seconds, 1), "a_second": round(sealed / seconds)})


def _prove(report: Report, entries: int) -> None:
    """In a process of its own, whose memory is looked at."""
    began = time.perf_counter()
    code = "import django; django.setup(); from django.core.management import call_command; from bench import lists"
    code += (
        "; before = lists.begin_to_watch_memory(); call_command('verify_audit'); print(lists.most_memory() - before)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    grown = int(told.split()[-1])
    report.add(
        "proving",
        {"entries": entries, "seconds": round(time.perf_counter() - began, 1), "memory_grew_by_mib": grown},
        [Goal("memory that verify_audit takes", grown, 64, "MiB")],
    )


def _export(report: Report, client: Any) -> None:
    for form in ("jsonl", "csv"):
        before = begin_to_watch_memory()
        began, size = time.perf_counter(), 0
        for piece in client.get(f"/api/v1/audit/export/?format={form}").streaming_content:
            size += len(piece)
        seconds, grown = round(time.perf_counter() - began, 1), most_memory() - before
        report.add(
            f"export, {form}",
            {"bytes": size, "seconds": seconds, "memory_grew_by_mib": grown},
            [Goal(f"memory that an export takes, {form}", grown, 64, "MiB")],
        )


def begin_to_watch_memory() -> int:
    """MiB that this process has now; `most_memory` is told from here on (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def most_memory() -> int:
    """MiB that this process has had at most."""
    return _memory("VmHWM")


def _memory(line: str) -> int:
    found = re.search(rf"{line}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) // 1024 if found else 0
