"""Reviews in a second, by one process and by workers on Postgres, and what a flood does to somebody else's review."""

import statistics
import time
from collections.abc import Sequence

from bench import table
from bench.served import UNPACED, served
from bench.tenants import Tenant, Watch, heads, tenants
from tests.app.cluster import Cluster
from tests.standin.records import PullRequest
from tests.standin.server import StandIn

REVIEWS = 100
TENANTS = 25
FLOOD = 100
ROUNDS = 5


def throughput() -> None:
    """Measure how many reviews end in a second while many wait."""
    table.heading("throughput", f"{REVIEWS} reviews of small pull requests of {TENANTS} installations wait at once")
    table.fact("one process, SQLite", _rate({}, 0))
    with Cluster() as cluster:
        for workers in (1, 2):
            address = cluster.create()
            rate = _rate({"DATABASE_URL": address, "SKILLAUDIT_PROCESSES": "1"}, workers)
            table.fact(f"a web process and {workers} of one analysis process, Postgres", rate)
            cluster.drop(address)


def fairness() -> None:
    """Measure how long one installation's review takes while another's wait in hundreds."""
    with StandIn() as github, served(github, UNPACED):
        flooding, quiet = Tenant(github, "flooding"), Tenant(github, "quiet")
        _reviewed(github, quiet, quiet.open())
        alone = [_reviewed(github, quiet, quiet.open()) for _ in range(ROUNDS)]
        flood = [flooding.open() for _ in range(FLOOD)]
        waiting = [quiet.open() for _ in range(ROUNDS)]
        for pull in flood:
            github.hooks.send(flooding.event("opened", pull))
        beside = [_reviewed(github, quiet, pull) for pull in waiting]
        left = sum(not github.check_runs(head) for head in heads(flood))
    table.heading("fairness", f"one installation asks for {FLOOD} reviews at once, another for {ROUNDS} one by one")
    table.fact("the other's, before", _seconds(alone))
    table.fact("the other's, meanwhile", _seconds(beside))
    table.fact("the median is", f"{statistics.median(beside) / statistics.median(alone):.2f} times as long")
    table.fact("of the flood not begun then", f"{left} of {FLOOD}")


def _rate(settings: dict[str, str], workers: int) -> str:
    with StandIn() as github, served(github, UNPACED | settings, workers=workers):
        everyone = tenants(github, TENANTS)
        pulls = [(tenant, tenant.open()) for _ in range(REVIEWS // TENANTS) for tenant in everyone]
        # The first review starts the analysis processes.
        for _ in range(max(workers, 1)):
            _reviewed(github, everyone[0], everyone[0].open())
        events = [tenant.event("opened", pull) for tenant, pull in pulls]
        begin = time.perf_counter()
        with Watch(github, heads(pull for _, pull in pulls)) as watch:
            for event in events:
                github.hooks.send(event)
        seconds = max(watch.concluded.values()) - begin
    return f"{REVIEWS / seconds:.2f} reviews/s ({seconds:.1f} s)"


def _reviewed(github: StandIn, tenant: Tenant, pull: PullRequest) -> float:
    begin = time.perf_counter()
    with Watch(github, [pull.head_sha]) as watch:
        github.hooks.send(tenant.event("opened", pull))
    return watch.concluded[pull.head_sha] - begin


def _seconds(times: Sequence[float]) -> str:
    return f"median {statistics.median(times):.2f} s, longest {max(times):.2f} s"
