"""The App's processes in a schedule: killed at will, and started again at once as a supervisor would."""

import multiprocessing.process
import os
import signal
import socket
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from tests.app.forks import FORKS
from tests.soak.schedules import WEB_STEPS

PATIENCE = 60


class Seat:
    """One place for a process: whoever sits there is followed by another when it dies."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path, listener: socket.socket | None) -> None:
        self.name = name
        self._environment = dict(environment)
        self._log = log
        self._listener = listener
        self._lock = threading.Lock()
        self._closed = False
        self._orders: Connection | None = None
        self._process = self._start()
        self.deaths = 0
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def kill(self, step: str = "") -> None:
        """Kill the process at this step of the next review that gets there, or now."""
        with self._lock:
            if not step:
                self._process.kill()
            elif self._orders is not None:
                try:
                    self._orders.send(step)
                except OSError:
                    return

    def pardon(self) -> None:
        """Take back the order to die."""
        self.kill("never")

    def close(self) -> None:
        """End the process for good, as a deployment does."""
        with self._lock:
            self._closed = True
            if self._process.pid is not None and self._process.is_alive():
                os.kill(self._process.pid, signal.SIGTERM)
        self._keeper.join()

    def _start(self) -> multiprocessing.process.BaseProcess:
        from tests.soak import process

        orders, self._orders = FORKS.Pipe(duplex=False)
        made = FORKS.Process(target=process.run, args=(self._environment, str(self._log), self._listener, orders))
        made.start()
        orders.close()
        return made

    def _keep(self) -> None:
        while True:
            self._process.join()
            with self._lock:
                if self._closed:
                    return
                self.deaths += 1
                self._process = self._start()


class Fleet:
    """A web process and, on Postgres, two workers."""

    def __init__(self, environment: Mapping[str, str], directory: Path, *, workers: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        web = {**environment, "SKILLAUDIT_REVIEWS": "0"} if workers else dict(environment)
        self.seats = [Seat("web", web, directory / "web.log", self._listener)]
        self.seats += [
            Seat(f"worker {number}", environment, directory / f"worker{number}.log", None) for number in range(workers)
        ]

    def kill(self, number: int, step: str) -> None:
        """Kill a process; a step is ordered from one of those that reach it."""
        seats = self.seats
        if step and len(seats) > 1:
            seats = seats[:1] if step in WEB_STEPS else seats[1:]
        seats[number % len(seats)].kill(step)

    @property
    def deaths(self) -> int:
        """How many processes died."""
        return sum(seat.deaths for seat in self.seats)

    def pardon(self) -> None:
        """Let everybody live from now on."""
        for seat in self.seats:
            seat.pardon()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for seat in self.seats:
            seat.close()
        self._listener.close()
