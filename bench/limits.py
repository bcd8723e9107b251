"""A token's limit under many clients on several web workers, and what counting costs a request. Ratios only."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import redis

from bench.quantiles import quantile
from bench.results import Goal, Report
from bench.under_test import UNLIMITED, UnderTest, add_operator, vms
from compose.local.ports import choose_ports
from compose.local.supervisor import CHECKOUT

NAME = "limits"
_MINUTE = 60.0
_SITES = "/api/v1/sites/"
_HIGH = "token=1000000,person=1000000,address=1000000,read=1000000"


@dataclass(frozen=True, slots=True)
class LetIn:
    """A request that was answered with 200: when it was sent, and when its answer was there."""

    sent: float
    done: float


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--per-minute", type=int, default=600, help="the token's limit")
    parser.add_argument("--minutes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=400, help="requests for each of the two costs")


def run(wish: Namespace) -> None:
    """All clients share one token and ask as fast as they can; then one client asks with and without counting."""
    report = Report(NAME, wish.results)
    with vms() as under_test:
        limited, usual = _token(wish.per_minute), _token(None)
        with _web(under_test, workers=wish.workers) as address:
            let_in, asked = asyncio.run(_hammer(address, limited, wish.clients, wish.minutes * _MINUTE))
        _report_limit(report, wish, let_in, asked)
        with ExitStack() as stack:
            addresses = [stack.enter_context(_web(under_test, workers=1, limits=_HIGH))]
            addresses.append(stack.enter_context(_web(under_test, workers=1, limits=UNLIMITED)))
            seconds, statistics = _take_turns(under_test, addresses, usual, wish.rounds)
        _report_cost(report, wish, seconds, statistics)


def _token(per_minute: int | None) -> str:
    """Of an operator, with a limit of its own or the usual one."""
    from accounts import api_tokens  # noqa: PLC0415  (Django has been set up by `vms`)
    from accounts.audit import SYSTEM  # noqa: PLC0415
    from accounts.models import User  # noqa: PLC0415
    from accounts.scopes import Scope  # noqa: PLC0415

    owner = User.objects.filter(role__name="operator").first() or User.objects.get(email=add_operator())
    scopes = [Scope.CAMERAS_READ]
    return api_tokens.issue(owner=owner, actor=SYSTEM, name="Bench", scopes=scopes, requests_per_minute=per_minute).text


@contextmanager
def _web(under_test: UnderTest, *, workers: int, limits: str = "address=0") -> Iterator[str]:
    """So many web workers on a port of their own; their address."""
    port = choose_ports({"WEB_PORT": 0})["WEB_PORT"]
    env = {**under_test.stack.env, "VMS_RATE_LIMITS": limits}
    command = [sys.executable, "-m", "uvicorn", "vms.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--lifespan", "off", "--no-access-log", "--no-proxy-headers"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as web:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_answering(address)
            yield address
        finally:
            web.terminate()


def _wait_until_answering(address: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"{address}/healthz", trust_env=False, timeout=5).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
    raise RuntimeError("the web workers do not answer")


async def _hammer(address: str, token: str, clients: int, seconds: float) -> tuple[list[LetIn], int]:
    """What was let in until so long after the first was, and how often was asked."""
    let_in: list[LetIn] = []
    asked = 0
    begin = asyncio.Event()

    async def client() -> None:
        nonlocal asked
        async with httpx2.AsyncClient(base_url=address, headers=_bearer(token), trust_env=False, timeout=30) as web:
            await begin.wait()
            while not let_in or time.monotonic() < let_in[0].sent + seconds:
                sent = time.monotonic()
                answer = await web.get(_SITES)
                asked += 1
                if answer.status_code == 200:
                    let_in.append(LetIn(sent, time.monotonic()))
                elif answer.status_code != 429:
                    raise RuntimeError(f"{answer.status_code}: {answer.text}")

    tasks = [asyncio.create_task(client()) for _ in range(clients)]
    begin.set()
    await asyncio.gather(*tasks)
    return let_in, asked


def _report_limit(report: Report, wish: Namespace, let_in: Sequence[LetIn], asked: int) -> None:
    ratio = len(let_in) / (wish.per_minute * wish.minutes)
    fullest = _fullest_minute(let_in) / wish.per_minute
    measured = {
        "clients": wish.clients,
        "workers": wish.workers,
        "asked_to_allowed": round(asked / (wish.per_minute * wish.minutes), 2),
        "let_in_to_allowed": round(ratio, 4),
        "fullest_minute_to_limit": round(fullest, 4),
    }
    goals = [
        Goal("let in, of what is allowed", round(ratio, 4), 1.02),
        Goal("let in, of what is allowed", round(ratio, 4), 0.98, "", "at least"),
        Goal("let in within any minute, of the limit", round(fullest, 4), 1.02),
    ]
    report.add("one token", measured, goals)


def _fullest_minute(let_in: Sequence[LetIn]) -> int:
    """The most that are known to have been counted within one minute: sent after it began, answered before it ended."""
    return max(
        sum(1 for later in let_in if first.sent <= later.sent and later.done <= first.sent + _MINUTE)
        for first in let_in
    )


def _take_turns(
    under_test: UnderTest, addresses: Sequence[str], token: str, rounds: int
) -> tuple[list[list[float]], dict[str, Any]]:
    """Seconds of each request to each address, by turns, so that what else the machine does falls on all; Redis's statistics."""
    server = redis.Redis(port=under_test.stack.ports["REDIS_PORT"])
    seconds: list[list[float]] = [[] for _ in addresses]
    with httpx2.Client(headers=_bearer(token), trust_env=False, timeout=30) as web:
        for address in addresses:
            web.get(f"{address}{_SITES}")
        server.config_resetstat()
        for _ in range(rounds):
            for address, taken in zip(addresses, seconds, strict=True):
                began = time.perf_counter()
                web.get(f"{address}{_SITES}").raise_for_status()
                taken.append(time.perf_counter() - began)
    statistics: dict[str, Any] = server.info("commandstats")
    return seconds, statistics


def _report_cost(
    report: Report, wish: Namespace, seconds: Sequence[Sequence[float]], statistics: dict[str, Any]
) -> None:
    with_it, without = (quantile(taken, 0.5) for taken in seconds)
    script = statistics["cmdstat_evalsha"]
    measured = {
        "median_with_counting_to_without": round(with_it / without, 3),
        "script_to_median_request": round(script["usec_per_call"] / 1e6 / with_it, 4),
        "questions_to_redis_for_each_request": round(script["calls"] / wish.rounds, 2),
    }
    goals = [
        Goal("a counted request, of one that is not", measured["median_with_counting_to_without"], 1.15),
        Goal("questions to Redis for each request", measured["questions_to_redis_for_each_request"], 1),
    ]
    report.add("cost", measured, goals)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
