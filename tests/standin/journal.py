"""The log of requests: what was asked, by whom, with what result and cost."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

WRITE_POINTS = 5
CONTENT_CREATING = {
    "pulls/create-review",
    "pulls/create-review-comment",
    "pulls/create-reply-for-review-comment",
    "issues/create-comment",
    "reactions/create-for-issue-comment",
    "reactions/create-for-pull-request-review-comment",
}


@dataclass(slots=True)
class Entry:
    """One request; ``operation`` is GitHub's operation id, ``graphql`` or ``codeload``, status 0 while it runs."""

    method: str
    path: str
    query: str
    operation: str
    installation: int | None = None
    body: Any = None
    status: int = 0
    points: int = 1
    fault: str | None = None

    @property
    def creates_content(self) -> bool:
        """Tell whether GitHub counts it against the limit on creating content."""
        return self.operation in CONTENT_CREATING


@dataclass
class Journal:
    """All requests in order of arrival."""

    entries: list[Entry] = field(default_factory=list)
    concurrent: int = 0
    most_concurrent: int = 0

    def calls(self, method: str = "*", path: str = "", operation: str | None = None) -> list[Entry]:
        """Return the requests of a method whose path matches an expression."""
        return [
            entry
            for entry in self.entries
            if method in ("*", entry.method) and re.search(path, entry.path) and operation in (None, entry.operation)
        ]

    def operations(self) -> list[str]:
        """Return the operations in order, to compare whole conversations."""
        return [entry.operation for entry in self.entries]

    def points(self, installation: int | None = None) -> int:
        """Return what the requests cost against the secondary limit: reads 1, writes 5."""
        return sum(entry.points for entry in self.entries if installation in (None, entry.installation))

    def repeated(self) -> list[tuple[str, str, str, str]]:
        """Return the requests made more than once: method, path, query and body."""
        asked = Counter((entry.method, entry.path, entry.query, repr(entry.body)) for entry in self.entries)
        return [request for request, times in asked.items() if times > 1]

    def clear(self) -> None:
        """Forget all requests."""
        self.entries.clear()
        self.most_concurrent = self.concurrent
