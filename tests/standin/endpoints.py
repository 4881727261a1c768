"""The registry of answers: one function for each operation of the description."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.standin.exchange import Call, Reply

Answer = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How an operation is answered, and what the caller needs for it."""

    answer: Answer
    permissions: tuple[tuple[str, str], ...]
    by_app: bool


ENDPOINTS: dict[str, Endpoint] = {}


def for_app(operation: str) -> Callable[[Answer], Answer]:
    """Register an answer that only an App's JWT may ask for."""

    def register(answer: Answer) -> Answer:
        ENDPOINTS[operation] = Endpoint(answer, (), by_app=True)
        return answer

    return register


def for_installation(operation: str, *permissions: str) -> Callable[[Answer], Answer]:
    """Register an answer that an installation token with any of the permissions (``name:level``) may ask for."""
    needed = tuple((name, level) for name, level in (permission.split(":") for permission in permissions))

    def register(answer: Answer) -> Answer:
        ENDPOINTS[operation] = Endpoint(answer, needed, by_app=False)
        return answer

    return register
