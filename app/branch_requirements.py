"""Which checks a branch requires, by rulesets or classic protection, kept for a while: every review wants to know."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from app.render import notes
from github.branches import read_protected_checks
from github.permissions import RequiredCheck, read_branch_rules
from github.repositories import Repository

KEPT_SECONDS: Final = 300.0
KEPT_BRANCHES: Final = 1_000


class BranchRequirements:
    """The required checks of branches."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, tuple[RequiredCheck, ...]]] = {}

    async def read(self, repository: Repository, branch: str) -> tuple[RequiredCheck, ...]:
        """Return the checks that a branch requires. Raise github.errors.CallFailed."""
        key = (repository.full_name, branch)
        known = self._known.get(key)
        if known is None or known[0] < self._clock():
            self._known.pop(key, None)
            while len(self._known) >= KEPT_BRANCHES:
                self._known.pop(next(iter(self._known)))
            known = self._known[key] = (self._clock() + KEPT_SECONDS, await read_required_checks(repository, branch))
        return known[1]


async def read_required_checks(repository: Repository, branch: str) -> tuple[RequiredCheck, ...]:
    """Read the checks that a branch requires, whichever way. Raise github.errors.CallFailed."""
    rules, classic = await asyncio.gather(
        read_branch_rules(repository, branch), read_protected_checks(repository, branch)
    )
    return (*(rules.required_checks if rules is not None else ()), *classic)


def unpinned(required: Iterable[RequiredCheck], branch: str, check: str, app_id: str) -> tuple[str, ...]:
    """Return a warning if the branch requires our check from anyone."""
    named = [item for item in required if item.context == check]
    if not named or any(str(item.integration_id) == app_id for item in named):
        return ()
    return (notes.unpinned_check(branch, check),)
