"""Many small repositories, each its own installation, with pull requests that add an unguarded tool."""

import threading
import time
from collections.abc import Collection, Iterable

from tests.app import shop
from tests.standin.hooks import Webhook
from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

CONCLUDED_SECONDS = 900.0
_LOOK_SECONDS = 0.01


class Tenant:
    """One installation with one repository."""

    def __init__(self, github: StandIn, name: str) -> None:
        self._github = github
        self.repository: Repository = github.create_repository(f"{name}/shop")
        # Equal commits would have equal names.
        self.repository.commit(shop.BASE | {"owner.txt": name})
        self._opened = 0

    def open(self) -> PullRequest:
        """Open a pull request, of which nobody is told."""
        self._opened += 1
        branch = f"change-{self._opened}"
        self.repository.commit(shop.with_tools(shop.tool(f"delete_{self._opened}")), branch)
        return self._github.open_pull(self.repository, branch)

    def push(self, pull: PullRequest, number: int) -> None:
        """Push once more to a pull request, of which nobody is told."""
        self.repository.commit({"notes.txt": f"push {number}"}, pull.head_branch)

    def event(self, action: str, pull: PullRequest) -> Webhook:
        """Return the delivery about a pull request as it is now."""
        return self._github.webhook("pull_request", action, repository=self.repository, pull=pull)


class Watch:
    """Notes when heads get their verdict."""

    def __init__(self, github: StandIn, heads: Collection[str]) -> None:
        self._github = github
        self._open = set(heads)
        self.concluded: dict[str, float] = {}
        self._thread = threading.Thread(target=self._look, daemon=True)

    def wait(self) -> None:
        """Wait until all have one. Raise RuntimeError."""
        self._thread.join(CONCLUDED_SECONDS)
        if self._open:
            raise RuntimeError(f"{len(self._open)} heads without a verdict after {CONCLUDED_SECONDS:.0f} s")

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

    def _look(self) -> None:
        end = time.perf_counter() + CONCLUDED_SECONDS
        while self._open and time.perf_counter() < end:
            for head in [head for head in self._open if self._has_verdict(head)]:
                self._open.remove(head)
                self.concluded[head] = time.perf_counter()
            time.sleep(_LOOK_SECONDS)

    def _has_verdict(self, head: str) -> bool:
        runs = self._github.check_runs(head, "SkillAudit")
        return any(run.conclusion not in (None, "cancelled") for run in runs)


def tenants(github: StandIn, number: int, prefix: str = "owner") -> list[Tenant]:
    """Make some tenants."""
    return [Tenant(github, f"{prefix}-{index}") for index in range(number)]


def heads(pulls: Iterable[PullRequest]) -> list[str]:
    """Return the newest heads."""
    return [pull.head_sha for pull in pulls]
