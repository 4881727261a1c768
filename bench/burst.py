"""A thousand deliveries at once: all stored and answered, and the newest head of each pull request reviewed."""

import asyncio
import random
import time
import uuid
from collections import Counter

import httpx

from bench import table
from bench.served import served
from bench.tenants import Watch, heads, tenants
from tests.standin.hooks import Webhook
from tests.standin.server import StandIn

DELIVERIES = 1_000
TENANTS = 25
PULLS = 2
PUSHES = 4
SEED = 42


def burst() -> None:
    """Send a thousand deliveries over a thousand connections at the same moment, in no order."""
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
        asyncio.run(_send(address, deliveries[:1]))
        begin = time.perf_counter()
        with Watch(github, heads(pulls)) as watch:
            times, statuses = asyncio.run(_send(address, deliveries))
        verdicts = [run for head in heads(pulls) for run in github.check_runs(head)]
        begun = sum(entry.operation == "checks/create" for entry in github.log.entries)
    table.heading(
        "a burst",
        f"{len(deliveries):,} deliveries at once, {len(pulls)} pull requests of {TENANTS} installations with {PUSHES} "
        "heads each, every event five times, shuffled; SQLite, FULL",
    )
    table.fact("answers", ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items())))
    table.fact("time to the answer", table.milliseconds(times))
    table.fact("newest heads with a verdict", f"{len(watch.concluded)} of {len(pulls)}, {len(verdicts)} checks there")
    table.fact("all of them after", f"{max(watch.concluded.values()) - begin:.1f} s, {begun} reviews begun in all")


async def _send(address: str, deliveries: list[Webhook]) -> tuple[list[float], Counter[int]]:
    limits = httpx.Limits(max_connections=len(deliveries))
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
        answers = await asyncio.gather(*(_deliver(client, webhook) for webhook in deliveries))
    return [seconds for seconds, _ in answers], Counter(status for _, status in answers)


async def _deliver(client: httpx.AsyncClient, webhook: Webhook) -> tuple[float, int]:
    headers = webhook.headers | {"X-GitHub-Delivery": str(uuid.uuid4())}
    begin = time.perf_counter()
    answer = await client.post("/webhook", content=webhook.body, headers=headers)
    return time.perf_counter() - begin, answer.status_code
