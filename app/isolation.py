"""What an analysis process gives up before it reads a foreign file.

Nothing here needs privileges. What the system refuses is reported by name, so that an operator sees it.
"""

import ctypes
import math
import os
import resource
import sys

from app.landlock import forbid_files

# linux/sched.h and linux/prctl.h
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

MAX_OPEN_FILES = 32
# Where code and the libraries of code lie, beside the import path.
LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache")


def isolate(memory_bytes: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give up privileges, network, files and resources; return what is in force and what could not be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    outcomes = {
        "no new privileges": _call(libc, "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "not inspectable": _call(libc, "prctl", PR_SET_DUMPABLE, 0, 0, 0, 0),
        "no network": _call(libc, "unshare", CLONE_NEWUSER | CLONE_NEWNET) or _call(libc, "unshare", CLONE_NEWNET),
        "no files": forbid_files(libc, (*sys.path, sys.base_prefix, *LIBRARIES)),
        "resource limits": _limit_resources(memory_bytes),
    }
    in_force = tuple(name for name, held in outcomes.items() if held)
    return in_force, tuple(name for name in outcomes if name not in in_force)


def hide() -> None:
    """Keep this process' memory and environment from other processes of its user."""
    _call(ctypes.CDLL(None), "prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit_cpu(seconds: float) -> None:
    """Let the kernel end this process once it has used this many more CPU seconds."""
    used = sum(os.times()[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds), hard))


def _call(libc: ctypes.CDLL, name: str, *arguments: int) -> bool:
    function = getattr(libc, name, None)
    return function is not None and function(*arguments) == 0


def _limit_resources(memory_bytes: int) -> bool:
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    held = [_limit(kind, amount) for kind, amount in limits.items()]
    return all(held)


def _limit(kind: int, amount: int) -> bool:
    try:
        resource.setrlimit(kind, (amount, amount))
    except (OSError, ValueError):
        return False
    return True
