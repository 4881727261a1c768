"""Whether analysis processes start, and how well they are confined here."""

from collections.abc import Iterator
from typing import Final

from analyzers.source import Source, Unread
from app.doctor.outcome import Outcome, failed, ok, warning
from app.worker_process import WorkerNotStarted
from app.workers import AnalysisPool

CHECK: Final = "analysis"
PROBE: Final = Source("probe.py", "0" * 40, b"answer = 42\n")
ADVICE: Final = {
    "no network": "Allow user namespaces: sysctl kernel.unprivileged_userns_clone=1, or a seccomp profile that lets "
    "unshare through.",
    "no files": "Use a kernel with Landlock (5.13 or newer, `landlock` in its lsm= list), and a seccomp profile that "
    "lets its calls through.",
}


def examine_processes(pool: AnalysisPool) -> Iterator[Outcome]:
    """Let a process read a file, and see what it had to do without."""
    try:
        (result,) = pool.read({"probe": PROBE}).values()
    except (WorkerNotStarted, OSError) as error:
        yield failed(CHECK, f"no analysis process starts: {error}", "See whether this user may start processes.")
        return
    if isinstance(result, Unread):
        yield failed(CHECK, f"an analysis process cannot read a file: it {result.reason}", "Install SkillAudit again.")
        return
    missing = pool.missing_protections or ()
    for name in missing:
        advice = ADVICE.get(name, "See what confines this process itself, such as a container's profile.")
        yield warning(CHECK, f"analysis processes cannot have here: {name}", advice)
    if not missing:
        yield ok(CHECK, "analysis processes start, with every protection in force")
