"""One analysis process, seen from the process that uses it."""

import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app import worker_protocol as protocol
from app.worker_protocol import Limits

START_SECONDS = 60.0
# Wall-clock time allowed for each CPU second: the processes share their cores with others.
PATIENCE = 4.0
PROJECT = Path(__file__).resolve().parents[1]
# `-I -S` ignores the environment, the working directory and start-up hooks; the import path is given instead. What
# msgspec would take from typing_extensions the standard library has too, and a twentieth of a small review's time is
# what it costs.
BOOTSTRAP = """\
import sys
sys.path += sys.argv.pop(1).split('\\n')
sys.modules['typing_extensions'] = None
import msgspec
del sys.modules['typing_extensions']
from app.worker_main import main
main()
"""


class WorkerLost(Exception):
    """The process died or stalled; `reason` reads on from the name of what it was working at."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkerNotStarted(Exception):
    """The analysis process did not come up: an installation or a system at fault, not a file."""


class Worker:
    """A running process and the socket to it; used by one thread at a time."""

    def __init__(self, engine: str, limits: Limits, search_path: Sequence[Path]) -> None:
        self.completed = 0
        self.lost = False
        # The keys of the facts of the base that was judged last.
        self.base: frozenset[str] = frozenset()
        self.missing_protections: tuple[str, ...] | None = None
        self._limits = limits
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(
                _command(theirs.fileno(), engine, limits, search_path),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    def send(self, request: protocol.Request) -> None:
        """Send one request whole, waiting for the process to start. Raise WorkerLost."""
        self._await_start()
        self._socket.settimeout(self._limits.seconds_analyze)
        try:
            self._socket.sendall(protocol.frame(protocol.encode(request)))
        except OSError as error:
            raise self._loss(self._limits.seconds_per_file) from error

    def receive(self, seconds: float) -> protocol.Reply:
        """Return the next reply, or raise WorkerLost when the process died or used more than these CPU seconds."""
        reply = self._receive(seconds)
        if isinstance(reply, protocol.OutOfMemory):
            raise self._lose("needed more memory than allowed")
        if isinstance(reply, protocol.Died):
            raise self._lose(f"crashed the reader ({reply.error})")
        return reply

    def disorder(self) -> WorkerLost:
        """Kill a process that answered out of turn."""
        return self._lose("crashed the reader")

    def interrupt(self) -> None:
        """End the process while another thread uses it, which then finds it lost."""
        self._process.kill()

    def kill(self) -> None:
        """End the process and everything of it, and wait for its end."""
        self.lost = True
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _await_start(self) -> None:
        if self.missing_protections is not None:
            return
        try:
            started = self._receive(START_SECONDS)
        except WorkerLost as lost:
            raise WorkerNotStarted(f"the analysis process did not start: it {lost.reason}") from lost
        if not isinstance(started, protocol.Started):
            self.kill()
            raise WorkerNotStarted(f"the analysis process did not start: {started}")
        self.missing_protections = started.missing

    def _receive(self, seconds: float) -> protocol.Reply:
        deadline = time.monotonic() + seconds * PATIENCE
        try:
            length = int.from_bytes(self._exactly(protocol.LENGTH_BYTES, deadline), "big")
            if length > protocol.MAX_FRAME_BYTES:
                raise self.disorder()
            return protocol.decode_reply(self._exactly(length, deadline))
        except TimeoutError as error:
            raise self._lose(f"took longer than {seconds:g} s") from error
        except msgspec.DecodeError as error:
            raise self.disorder() from error
        except OSError as error:
            raise self._loss(seconds) from error

    def _exactly(self, count: int, deadline: float) -> bytearray:
        data = bytearray()
        while len(data) < count:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = self._socket.recv(min(count - len(data), 1 << 20))
            if not chunk:
                raise ConnectionResetError
            data += chunk
        return data

    def _loss(self, seconds: float) -> WorkerLost:
        self._process.kill()
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return self._lose(f"took longer than {seconds:g} s")
        return self._lose("crashed the reader")

    def _lose(self, reason: str) -> WorkerLost:
        self.kill()
        return WorkerLost(reason)


def _command(descriptor: int, engine: str, limits: Limits, search_path: Sequence[Path]) -> list[str]:
    installed = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(Path(msgspec.__file__).parents[1]))
    path = dict.fromkeys((str(PROJECT), *installed, *map(os.fspath, search_path)))
    arguments = [str(descriptor), engine, msgspec.json.encode(limits).decode()]
    return [sys.executable, "-I", "-S", "-c", BOOTSTRAP, "\n".join(path), *arguments]
