"""GitHub's secondary limits, enforced when a test asks for it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.standin.exchange import Refused
from tests.standin.faults import SECONDARY

MINUTE = timedelta(minutes=1)


@dataclass
class Limits:
    """Requests of each installation in the last minute: content created, points spent (reads 1, writes 5).

    None does not limit. GitHub's numbers are 80 and 900; refused requests count, too.
    """

    content_per_minute: int | None = None
    points_per_minute: int | None = None
    _spent: dict[int, deque[tuple[datetime, int, bool]]] = field(default_factory=dict)

    def spend(self, installation: int, now: datetime, points: int, creates_content: bool) -> None:
        """Count a request, and refuse it with Retry-After when there were too many."""
        spent = self._spent.setdefault(installation, deque())
        while spent and spent[0][0] <= now - MINUTE:
            spent.popleft()
        spent.append((now, points, creates_content))
        created = sum(content for _, _, content in spent)
        too_much_content = self.content_per_minute is not None and creates_content and created > self.content_per_minute
        total = sum(cost for _, cost, _ in spent)
        if too_much_content or (self.points_per_minute is not None and total > self.points_per_minute):
            refused = Refused(403, SECONDARY)
            refused.reply.headers["Retry-After"] = str(int((spent[0][0] + MINUTE - now).total_seconds()))
            raise refused
