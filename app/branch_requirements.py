"""What the rules of a branch ask for, kept for a while: every review wants to know."""

import time
from collections.abc import Callable
from typing import Final

from app.render import notes
from github.permissions import BranchRules, read_branch_rules
from github.repositories import Repository

KEPT_SECONDS: Final = 300.0
KEPT_BRANCHES: Final = 1_000


class BranchRequirements:
    """The rules of branches."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, BranchRules | None]] = {}

    async def read(self, repository: Repository, branch: str) -> BranchRules | None:
        """Return the rules of a branch, None where the owner's plan has none. Raise github.errors.CallFailed."""
        key = (repository.full_name, branch)
        known = self._known.get(key)
        if known is None or known[0] < self._clock():
            self._known.pop(key, None)
            while len(self._known) >= KEPT_BRANCHES:
                self._known.pop(next(iter(self._known)))
            known = self._known[key] = (
                self._clock() + KEPT_SECONDS,
                await read_branch_rules(repository, branch),
            )
        return known[1]


def unpinned(rules: BranchRules | None, branch: str, check: str, app_id: str) -> tuple[str, ...]:
    """Return a warning if the branch requires our check from anyone."""
    named = [item for item in rules.required_checks if item.context == check] if rules is not None else []
    if not named or any(str(item.integration_id) == app_id for item in named):
        return ()
    return (notes.unpinned_check(branch, check),)
