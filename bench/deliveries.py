"""The webhook under a steady load: how long until a delivery is stored durably and answered."""

import asyncio
import gc
import json
import statistics
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx

from bench import table
from bench.machine import fsync_milliseconds
from bench.served import served
from tests.standin.hooks import Webhook
from tests.standin.server import StandIn

PER_SECOND = 100
SECONDS = 20
BYTES = 25_000


def deliveries() -> None:
    """Send 25 KB deliveries at a fixed rate, whether or not the ones before were answered."""
    with StandIn() as github, served(github) as address:
        webhook = _delivery(github)
        # What the sender would pause to collect is no time of the server's.
        gc.freeze()
        asyncio.run(_load(address, webhook, PER_SECOND))
        times, statuses = asyncio.run(_load(address, webhook, PER_SECOND * SECONDS))
    subject = f"{PER_SECOND} deliveries/s of {len(webhook.body) / 1000:.0f} KB for {SECONDS} s, SQLite, FULL"
    table.heading("webhook: time from the moment of sending to the answer", subject)
    cuts = statistics.quantiles(times, n=100)
    table.fact("answers", ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items())))
    table.fact(
        "p50, p95, p99, longest", ", ".join(f"{value:.1f} ms" for value in (cuts[49], cuts[94], cuts[98], max(times)))
    )
    with tempfile.TemporaryDirectory() as folder:
        middle, worst = fsync_milliseconds(Path(folder))
    table.fact("the disk alone, 25 KB and fsync", f"p50 {middle:.2f} ms, p99 {worst:.2f} ms")


def _delivery(github: StandIn) -> Webhook:
    # A closed pull request is stored like any other, and asks for no review that would disturb the measurement.
    repository = github.create_repository("acme/shop")
    repository.commit({"server.py": "print(1)\n"})
    repository.commit({"server.py": "print(2)\n"}, "change")
    pull = github.open_pull(repository, "change")
    webhook = github.webhook("pull_request", "closed", repository=repository, pull=pull)
    payload = webhook.payload
    payload["pull_request"]["body"] = "x" * (BYTES - len(json.dumps(payload)))
    return webhook.changed(payload)


async def _load(address: str, webhook: Webhook, number: int) -> tuple[list[float], Counter[int]]:
    async with httpx.AsyncClient(base_url=address, limits=httpx.Limits(max_connections=200), timeout=30) as client:
        begin = time.perf_counter() + 0.1
        answers = await asyncio.gather(
            *(_deliver(client, webhook, begin + index / PER_SECOND) for index in range(number))
        )
    return [milliseconds for milliseconds, _ in answers], Counter(status for _, status in answers)


async def _deliver(client: httpx.AsyncClient, webhook: Webhook, moment: float) -> tuple[float, int]:
    await asyncio.sleep(moment - time.perf_counter())
    headers = webhook.headers | {"X-GitHub-Delivery": str(uuid.uuid4())}
    answer = await client.post("/webhook", content=webhook.body, headers=headers)
    return (time.perf_counter() - moment) * 1000, answer.status_code
