"""The one place where whatever a rule raises becomes a failure that the report lists."""

from collections.abc import Callable
from typing import TypeVar

from analyzers.finding import Failure

Result = TypeVar("Result")


def guarded(kind: str, path: str, rule: str, call: Callable[[], Result]) -> Result | Failure:
    """Return what a rule's part gives, or the failure of `kind` (`rule`, `fix`) that stands for what it raised."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001  # one rule must not take the others down
        return Failure(kind, path, rule, type(error).__name__)
