"""What the server counts and measures, in Prometheus' terms."""

from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.backlog import Backlog
from github.errors import PrimaryRateLimited, RateLimited
from github.transport import CallRecord

# Shares of GitHub's hourly limits.
_SHARES: Final = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0)
_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300)


class Metrics:
    """All metrics of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "skillaudit_deliveries", "Webhook deliveries by answer.", ["event", "answer"], registry=self.registry
        )
        self.reviews = Counter(
            "skillaudit_reviews", "Ended reviews by conclusion.", ["conclusion"], registry=self.registry
        )
        self.review_seconds = Histogram(
            "skillaudit_review_seconds",
            "From asking for a review to its end.",
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.step_seconds = Histogram(
            "skillaudit_step_seconds", "One step of a review.", ["step"], registry=self.registry, buckets=_SECONDS
        )
        self.findings = Counter(
            "skillaudit_findings", "New findings by rule and severity.", ["rule", "severity"], registry=self.registry
        )
        self.retries = Counter(
            "skillaudit_retries", "Attempts at a review that failed, by error.", ["error"], registry=self.registry
        )
        self.not_analyzed = Counter(
            "skillaudit_not_analyzed",
            "Files in scope that could not be analysed, and checks that failed to run, in reviews that ended.",
            ["kind"],
            registry=self.registry,
        )
        self.waiting_deliveries = Gauge(
            "skillaudit_waiting_deliveries", "Deliveries that nobody has dealt with yet.", registry=self.registry
        )
        self.oldest_delivery_seconds = Gauge(
            "skillaudit_oldest_waiting_delivery_seconds", "Age of the oldest of them.", registry=self.registry
        )
        self.paused_installations = Gauge(
            "skillaudit_paused_installations", "Installations that GitHub asked to pause.", registry=self.registry
        )
        self.pauses = Counter(
            "skillaudit_github_pauses", "Pauses that GitHub asked for, by limit.", ["limit"], registry=self.registry
        )
        self.limit_left = Histogram(
            "skillaudit_github_limit_left",
            "Share of the hourly limit that was left after a call, by limit.",
            ["limit"],
            registry=self.registry,
            buckets=_SHARES,
        )
        self.open_reviews = Gauge("skillaudit_open_reviews", "Reviews that have not ended.", registry=self.registry)
        self.oldest_seconds = Gauge(
            "skillaudit_oldest_open_review_seconds", "Age of the oldest review that waits.", registry=self.registry
        )
        self.reconciled = Counter(
            "skillaudit_reconciled",
            "What the reconciler made good: deliveries sent again, heads queued, checks concluded.",
            ["what"],
            registry=self.registry,
        )
        self.api_calls = Counter(
            "skillaudit_github_calls", "Calls of GitHub's API.", ["method", "route", "status"], registry=self.registry
        )
        self.api_seconds = Histogram(
            "skillaudit_github_call_seconds", "Duration of calls of GitHub's API.", registry=self.registry
        )

    def record_call(self, call: CallRecord) -> None:
        """Count one request to GitHub."""
        self.api_calls.labels(call.method, call.route, str(call.status)).inc()
        self.api_seconds.observe(call.seconds)
        if call.resource:
            self.limit_left.labels(call.resource).observe(call.left)

    def record_backlog(self, backlog: Backlog, now: float) -> None:
        """Note what waits."""
        self.open_reviews.set(backlog.reviews)
        self.oldest_seconds.set(0.0 if backlog.oldest_review is None else now - backlog.oldest_review)
        self.waiting_deliveries.set(backlog.deliveries)
        self.oldest_delivery_seconds.set(0.0 if backlog.oldest_delivery is None else now - backlog.oldest_delivery)

    def record_pause(self, error: RateLimited) -> None:
        """Count one pause of an installation."""
        self.pauses.labels("primary" if isinstance(error, PrimaryRateLimited) else "secondary").inc()


def create_metrics_router(metrics: Metrics) -> APIRouter:
    """Serve `/metrics`."""
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    def read_metrics() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
