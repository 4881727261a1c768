"""What operators watch: the metrics of every process, and the dashboard that shows them."""

import json
import re
import socket
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from app.metrics import Metrics
from github.errors import PrimaryRateLimited, SecondaryRateLimited
from github.limits import share_left
from github.transport import CallRecord
from tests.app import asking, shop
from tests.app.served import Served, Worker
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
DASHBOARD = Path(__file__).parents[2] / "docs" / "dashboard.json"


def metric(text: str, name: str) -> float:
    """Return the sum of a metric over all its labels."""
    values = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
    assert values, f"{name} is not told"
    return sum(map(float, values))


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    shown = set(re.findall(r"skillaudit_\w+", DASHBOARD.read_text()))
    families = list(Metrics().registry.collect())
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
    names = {family.name: {family.name + suffix for suffix in suffixes[family.type]} for family in families}

    assert shown <= set().union(*names.values())
    assert [name for name, told in names.items() if not told & shown] == []


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in json.loads(DASHBOARD.read_text())["panels"]]

    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "500"}, ("core", 0.1)),
        (
            {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "x-ratelimit-resource": "graphql"},
            ("graphql", 0.0),
        ),
        ({"x-ratelimit-limit": "1", "x-ratelimit-remaining": "9", "x-ratelimit-resource": "new"}, ("other", 1.0)),
        ({"x-ratelimit-limit": "0", "x-ratelimit-remaining": "0"}, ("", 1.0)),
        ({"x-ratelimit-limit": "many", "x-ratelimit-remaining": "1"}, ("", 1.0)),
        ({}, ("", 1.0)),
    ],
)
def test_what_is_left_of_a_limit_is_read_from_every_answer(headers: dict[str, str], told: tuple[str, float]) -> None:
    assert share_left(headers) == told


def test_limits_and_pauses_are_counted() -> None:
    metrics = Metrics()
    metrics.record_call(CallRecord("GET", "/x", 200, 0.1, "core", 0.04))
    metrics.record_call(CallRecord("GET", "/x", 0, 0.1))
    metrics.record_pause(PrimaryRateLimited("GET", "/x", "limit", 1.0))
    metrics.record_pause(SecondaryRateLimited("GET", "/x", "limit", 1.0))

    text = generate_latest(metrics.registry).decode()

    assert 'skillaudit_github_limit_left_bucket{le="0.05",limit="core"} 1.0' in text
    assert metric(text, "skillaudit_github_limit_left_count") == 1
    assert 'skillaudit_github_pauses_total{limit="primary"} 1.0' in text
    assert 'skillaudit_github_pauses_total{limit="secondary"} 1.0' in text


def test_a_worker_tells_its_health_and_what_it_did(postgres_only: None, standin: StandIn, tmp_path: Path) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    repository.commit(shop.UNGUARDED, "feature")
    pull = standin.open_pull(repository, "feature")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with Served(standin, tmp_path) as served, Worker(standin, tmp_path) as worker:
        served.start(SKILLAUDIT_REVIEWS="0")
        worker.start(SKILLAUDIT_WORKER_PORT=str(port))
        worker.wait_for("worker started")
        served.deliver("pull_request", "opened", repository=repository, pull=pull)
        worker.wait_for("review ended")
        ready = asking.get(f"http://127.0.0.1:{port}/readyz")
        text = asking.get(f"http://127.0.0.1:{port}/metrics").text
        answered = asking.get(f"{served.url}/metrics").text

    assert (ready.status_code, ready.json()["problems"]) == (200, [])
    assert metric(text, "skillaudit_reviews_total") == 1
    assert metric(text, "skillaudit_github_limit_left_count") > 0
    assert metric(answered, "skillaudit_deliveries_total") == 1
