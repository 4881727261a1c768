"""Calls that run a function elsewhere: in a thread, in an executor, in a worker of a queue, for each of a list."""

_POOLS = ("concurrent.futures.ThreadPoolExecutor()", "concurrent.futures.ProcessPoolExecutor()")
THREADS = frozenset(
    {
        *("asyncio.to_thread", "anyio.to_thread.run_sync", "starlette.concurrency.run_in_threadpool"),
        *(f"{pool}.submit" for pool in _POOLS),
    }
)
EACH = frozenset({"builtins.map", *(f"{pool}.map" for pool in _POOLS)})
EXECUTORS = (".run_in_executor",)
# What decorators make of a function that workers run: Celery, Dramatiq, Ray and Modal, Taskiq, Prefect.
# https://docs.celeryq.dev/en/stable/userguide/calling.html
TASK_STARTERS = frozenset({"delay", "apply_async", "send", "remote", "kiq", "submit"})


def handed_position(name: str) -> int:
    """Return which operand of a call is the function that it runs, behind the callee itself; 0 for another call."""
    return 1 if name in THREADS else 2 if name.endswith(EXECUTORS) else 0


def run_position(name: str) -> int:
    """Return the same where it counts alone what is run, be it for each of a list: `map(delete, addresses)`."""
    return 1 if name in EACH else handed_position(name)
