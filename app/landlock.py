"""Landlock, Linux' sandbox for processes without privileges: nothing of the file system but code to be imported.

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
from collections.abc import Iterable
from typing import Final

# The same numbers on every architecture; libc has no names for them everywhere.
CREATE_RULESET: Final = 444
ADD_RULE: Final = 445
RESTRICT_SELF: Final = 446
CREATE_RULESET_VERSION: Final = 1
RULE_PATH_BENEATH: Final = 1
# How many kinds of file access each version of Landlock knows; later ones know no more.
FILE_ACCESSES: Final = {1: 13, 2: 14, 3: 15, 4: 15}
ALL_FILE_ACCESSES: Final = 16
READ_FILE: Final = 1 << 2
READ_FOLDER: Final = 1 << 3


class RulesetAttributes(ctypes.Structure):
    """struct landlock_ruleset_attr of version 1."""

    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class PathBeneathAttributes(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def forbid_files(libc: ctypes.CDLL, readable: Iterable[str]) -> bool:
    """Give up every access to files and folders but reading below some; tell whether the kernel took it."""
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), CREATE_RULESET_VERSION)
    if version < 1:
        return False
    handled = (1 << FILE_ACCESSES.get(version, ALL_FILE_ACCESSES)) - 1
    attributes = RulesetAttributes(handled)
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(ctypes.sizeof(attributes)), 0)
    if ruleset < 0:
        return False
    try:
        allowed = [_allow_reading(libc, ruleset, place) for place in readable]
        return all(allowed) and libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, place: str) -> bool:
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # What is not there need not be read.
        return True
    try:
        # On a file the right to list a folder would be refused.
        access = READ_FILE | READ_FOLDER if os.path.isdir(place) else READ_FILE  # noqa: PTH112
        rule = PathBeneathAttributes(access, descriptor)
        return bool(libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0) == 0)
    finally:
        os.close(descriptor)
