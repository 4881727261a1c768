"""Which analysis process does the next work: best one that has judged the same base already, if it is free."""

import threading
from typing import Final

from app.worker_process import Worker

# With half of a base in common, another state of the same repository was judged.
RELATED: Final = 0.5


class PoolClosed(Exception):
    """The processes are ended, and with them whatever was under way."""


class IdleWorkers:
    """Processes without work, and places for further ones; safe to use from many threads.

    A base is told by the keys of its facts, which are made of the files' contents and the reader's version.
    """

    def __init__(self, places: int) -> None:
        # The one that worked last is at the end.
        self._free: list[Worker | None] = [None] * places
        self._busy: set[Worker] = set()
        self.is_closed = False
        self._changed = threading.Condition()

    def take(self, base: frozenset[str] = frozenset()) -> Worker | None:
        """Wait for a process and return the one that suits a base best, None for a place where one is to be started.

        Raise PoolClosed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._free or self.is_closed)
            self._require_open()
            return self._free.pop(self._best(base))

    def begin(self, worker: Worker) -> None:
        """Note that a process is at work, so that closing ends it. Raise PoolClosed."""
        with self._changed:
            self._require_open()
            self._busy.add(worker)

    def give_back(self, worker: Worker | None) -> None:
        """Take a process that has done its work, or the place of one that is gone."""
        with self._changed:
            if worker is None or worker.lost:
                self._free.insert(0, None)
            else:
                self._free.append(worker)
            self._busy.discard(worker)
            self._changed.notify()
            if self.is_closed and worker is not None:
                worker.kill()

    def close(self) -> None:
        """End all processes, and the waiting for one: work under way fails."""
        with self._changed:
            self.is_closed = True
            for worker in self._free:
                if worker is not None:
                    worker.kill()
            for worker in self._busy:
                worker.interrupt()
            self._changed.notify_all()

    def _require_open(self) -> None:
        if self.is_closed:
            raise PoolClosed

    def _best(self, base: frozenset[str]) -> int:
        running = [place for place, worker in enumerate(self._free) if worker is not None]
        if not base:
            return running[-1] if running else 0
        related = [(self._known(place, base), place) for place in running]
        if related and max(related)[0] >= RELATED:
            return max(related)[1]
        unused = [place for place, worker in enumerate(self._free) if worker is None or not worker.base]
        return unused[-1] if unused else running[0]

    def _known(self, place: int, base: frozenset[str]) -> float:
        worker = self._free[place]
        return 0.0 if worker is None else len(worker.base & base) / len(base)
