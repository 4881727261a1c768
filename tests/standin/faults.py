"""Failures to order: what GitHub or the network does wrong, when, and how often."""

import copy
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from tests.standin.exchange import Reply, error


class Kind(Enum):
    """What goes wrong; the names ending in _AFTER let the request take effect first."""

    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    BAD_GATEWAY_AFTER = "502 after the write was stored"
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403 without a permission"
    NOT_FOUND = "404"
    LOCKED = "403 in a locked conversation"
    PRIMARY_LIMIT = "403, x-ratelimit-remaining 0"
    SECONDARY_LIMIT = "403 with Retry-After"
    SECONDARY_LIMIT_429 = "429 with Retry-After"
    SECONDARY_LIMIT_SILENT = "403 without Retry-After"
    SECONDARY_LIMIT_429_SILENT = "429 without Retry-After"
    ABUSE = "422 with code abuse"
    GRAPHQL_LIMIT = "200 with errors of type RATE_LIMITED"
    GRAPHQL_PARTIAL = "200 with the last object of the repository null, and an error"
    RESET = "connection reset before the request took effect"
    RESET_AFTER = "connection reset after the request took effect"
    TRUNCATED = "body shorter than its Content-Length"
    HTML = "200 with an HTML page"
    DRIP = "body one byte at a time, with a pause of `delay` seconds after each"
    HOLD = "wait for release() before the request takes effect"
    HOLD_AFTER = "wait for release() after the request took effect, before its answer"


BEFORE = {
    Kind.SERVER_ERROR: (500, "Server Error"),
    Kind.BAD_GATEWAY: (502, "Server Error"),
    Kind.UNAVAILABLE: (503, "Service Unavailable"),
    Kind.GATEWAY_TIMEOUT: (504, "Gateway Timeout"),
    Kind.UNAUTHORIZED: (401, "Bad credentials"),
    Kind.FORBIDDEN: (403, "Resource not accessible by integration"),
    Kind.NOT_FOUND: (404, "Not Found"),
    Kind.LOCKED: (403, "Unable to create comment because issue is locked."),
}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
WITH_RETRY_AFTER = {Kind.SECONDARY_LIMIT: 403, Kind.SECONDARY_LIMIT_429: 429}
WITHOUT_RETRY_AFTER = {Kind.SECONDARY_LIMIT_SILENT: 403, Kind.SECONDARY_LIMIT_429_SILENT: 429}


@dataclass
class Fault:
    """A failure for the requests whose method and path match (path: a regular expression, searched).

    ``times`` is how often it strikes (None: always), ``skip`` how many matching requests pass first,
    ``retry_after`` the seconds that secondary limits tell, ``reset_after`` those after which the primary one is
    said to begin anew, ``delay`` the seconds between the bytes of a drip,
    ``body`` an expression that the text of the request must match too (a GraphQL query, say).
    """

    method: str
    path: str
    kind: Kind
    times: int | None = 1
    skip: int = 0
    retry_after: int = 1
    reset_after: int = 3600
    delay: float = 0.05
    body: str = ""
    hits: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout: float = 30) -> None:
        """Block until a request is held here, or raise TimeoutError."""
        if not self.arrived.wait(timeout):
            raise TimeoutError(f"no {self.method} {self.path} within {timeout} s")

    def release(self) -> None:
        """Let the held requests, and those to come, go on."""
        self.released.set()

    def matches(self, method: str, path: str, body: str) -> bool:
        """Tell whether a request is one of those meant."""
        return (
            self.method in {method, "*"}
            and re.search(self.path, path) is not None
            and re.search(self.body, body) is not None
        )

    def reply_before(self, now: datetime) -> Reply | None:
        """Return the answer that replaces the request, or None if the request takes effect."""
        limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(now.timestamp()) + self.reset_after)}
        if self.kind in BEFORE:
            return error(*BEFORE[self.kind])
        if self.kind is Kind.PRIMARY_LIMIT:
            reply = error(403, "API rate limit exceeded for installation.")
            reply.headers = limit
            return reply
        if self.kind is Kind.GRAPHQL_LIMIT:
            problem = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for installation."}
            return Reply(200, {"errors": [problem]}, headers=limit)
        if self.kind in WITH_RETRY_AFTER:
            reply = error(WITH_RETRY_AFTER[self.kind], SECONDARY)
            reply.headers = {"Retry-After": str(self.retry_after)}
            return reply
        if self.kind in WITHOUT_RETRY_AFTER:
            return error(WITHOUT_RETRY_AFTER[self.kind], SECONDARY)
        return self._odd_reply()

    def _odd_reply(self) -> Reply | None:
        if self.kind is Kind.ABUSE:
            entry = {"resource": "PullRequestReview", "code": "abuse", "field": "base"}
            return error(422, "Validation Failed", [entry])
        if self.kind is Kind.HTML:
            page = b"<!DOCTYPE html><html><body>Unicorn!</body></html>"
            return Reply(200, content=page, media_type="text/html; charset=utf-8")
        return None


def partial(reply: Reply) -> Reply:
    """Return a GraphQL answer as GitHub gives it when it ran out of time on the last object."""
    data = copy.deepcopy(reply.json["data"])
    last = list(data["repository"])[-1]
    data["repository"][last] = None
    problem = {"path": ["repository", last], "message": "Something went wrong while executing your query."}
    return Reply(200, {"data": data, "errors": [problem]})


@dataclass
class Faults:
    """The failures in force; the first that matches a request strikes."""

    active: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        """Put a failure in force and return it, to count its hits or to release it."""
        self.active.append(fault)
        return fault

    def hold(self, method: str, path: str, *, after: bool = False, body: str = "") -> Fault:
        """Hold the next matching request until the returned fault is released."""
        return self.add(Fault(method, path, Kind.HOLD_AFTER if after else Kind.HOLD, body=body))

    def clear(self) -> None:
        """End all failures and release what they hold."""
        for fault in self.active:
            fault.release()
        self.active.clear()

    def strike(self, method: str, path: str, body: str) -> Fault | None:
        """Return the failure that hits this request, counting it."""
        for fault in self.active:
            if fault.times != 0 and fault.matches(method, path, body):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times = None if fault.times is None else fault.times - 1
                fault.hits += 1
                return fault
        return None
