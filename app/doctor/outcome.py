"""What one check of the installation found."""

import enum

import msgspec


class Status(enum.StrEnum):
    """How a check ended; `unknown` is one that could not be made, `skipped` one that needs another's success."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Outcome(msgspec.Struct, frozen=True):
    """One line for the operator; `advice` says what to do where something is wrong."""

    check: str
    status: Status
    message: str
    advice: str = ""


def ok(check: str, message: str) -> Outcome:
    """Return that all is well."""
    return Outcome(check, Status.OK, message)


def warning(check: str, message: str, advice: str) -> Outcome:
    """Return what works but should be changed."""
    return Outcome(check, Status.WARNING, message, advice)


def failed(check: str, message: str, advice: str) -> Outcome:
    """Return what does not work."""
    return Outcome(check, Status.FAILED, message, advice)


def unknown(check: str, message: str, advice: str) -> Outcome:
    """Return what could not be found out."""
    return Outcome(check, Status.UNKNOWN, message, advice)


def skipped(check: str, needs: str) -> Outcome:
    """Return what was not looked at, because something else has to work first."""
    return Outcome(check, Status.SKIPPED, f"not looked at: {needs}")
