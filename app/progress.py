"""A bar on the terminal for what takes longer than a second."""

import contextlib
import sys
import time
from collections.abc import Iterator

from app.audits import OnProgress

PATIENCE_SECONDS = 1.0


@contextlib.contextmanager
def progress_bar() -> Iterator[OnProgress | None]:
    """Give what an audit tells its progress to; it shows on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.close()


class _Bar:
    """Appears when the first second has passed, and goes when it is done."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._stack = contextlib.ExitStack()
        self._update: OnProgress | None = None

    def show(self, done: int, total: int) -> None:
        """Show how many files of how many are read."""
        if self._update is None and time.monotonic() - self._started > PATIENCE_SECONDS:
            self._update = self._open()
        if self._update is not None:
            self._update(done, total)

    def close(self) -> None:
        """Take the bar away."""
        self._stack.close()

    def _open(self) -> OnProgress:
        # Only a run that takes long pays for these.
        from rich.console import Console
        from rich.progress import Progress

        bar = self._stack.enter_context(Progress(console=Console(stderr=True), transient=True))
        task = bar.add_task("Reading")

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description="Reading" if done < total else "Judging")

        return update
