"""A thousand deliveries at once: all stored and answered, and the newest head of each pull request reviewed."""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from bench import table
from bench.served import served
from bench.tenants import Watch, heads, tenants
from tests.standin.hooks import Webhook
from tests.standin.server import StandIn

DELIVERIES = 1_000
TENANTS = 25
PULLS = 2
PUSHES = 4
BURST_SECONDS = 1.0
SEED = 42


def burst() -> None:
    """Send a thousand deliveries over a thousand connections within a second, in no order; then all in one instant."""
    with StandIn() as github, served(github) as address:
        events, pulls = [], []
        for tenant in tenants(github, TENANTS):
            for _ in range(PULLS):
                pull = tenant.open()
                pulls.append(pull)
                for number in range(PUSHES):
                    events.append(tenant.event("synchronize" if number else "opened", pull))
                    if number < PUSHES - 1:
                        tenant.push(pull, number)
        deliveries = events * (DELIVERIES // len(events))
        random.Random(SEED).shuffle(deliveries)
        asyncio.run(_send(address, deliveries[:10], 0.1))
        begin = time.perf_counter()
        with Watch(github, heads(pulls)) as watch:
            within = asyncio.run(_send(address, deliveries, BURST_SECONDS))
        verdicts = [run for head in heads(pulls) for run in github.check_runs(head)]
        at_once = asyncio.run(_send(address, deliveries, 0.0))
        begun = sum(entry.operation == "checks/create" for entry in github.log.entries)
    table.heading(
        "a burst",
        f"{len(deliveries):,} deliveries in a second, {len(pulls)} pull requests of {TENANTS} installations with "
        f"{PUSHES} heads each, every event five times, shuffled; SQLite, FULL",
    )
    _print("time to the answer", within)
    table.fact("newest heads with a verdict", f"{len(watch.concluded)} of {len(pulls)}, {len(verdicts)} checks there")
    table.fact("all of them after", f"{max(watch.concluded.values()) - begin:.1f} s, {begun} reviews begun in all")
    _print("the same again, all in one instant", at_once)


def _print(name: str, answers: Sequence[tuple[float, int]]) -> None:
    statuses = Counter(status for _, status in answers)
    told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    table.fact(name, f"{told}; {table.milliseconds([seconds for seconds, _ in answers])}")


async def _send(address: str, deliveries: list[Webhook], seconds: float) -> list[tuple[float, int]]:
    place = urlsplit(address)
    requests = [_request(webhook) for webhook in deliveries]
    begin, step = time.perf_counter(), seconds / len(requests)
    return await asyncio.gather(
        *(_deliver(place, request, begin + number * step) for number, request in enumerate(requests))
    )


def _request(webhook: Webhook) -> bytes:
    headers = webhook.headers | {
        "Host": "skillaudit",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "Content-Length": str(len(webhook.body)),
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /webhook HTTP/1.1\r\n{lines}\r\n".encode() + webhook.body


async def _deliver(address: SplitResult, request: bytes, moment: float) -> tuple[float, int]:
    await asyncio.sleep(moment - time.perf_counter())
    # A client that does more would be what is measured.
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    answer = await reader.readuntil(b"\r\n")
    seconds = time.perf_counter() - moment
    writer.close()
    return seconds, int(answer.split()[1])
