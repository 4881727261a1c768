"""One request to the stand-in and its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standin.accounts import App, Token
from tests.standin.repository import Repository
from tests.standin.state import State

LARGEST_PAGE = 100
DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(slots=True)
class Call:
    """A request that passed the contract and authentication, ready to be answered."""

    state: State
    base_url: str
    parameters: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    accept: str
    app: App | None = None
    token: Token | None = None
    found: Repository | None = None

    @property
    def repository(self) -> Repository:
        """Return the repository of the path; the dispatcher has found it."""
        if self.found is None:
            raise LookupError("this operation has no repository in its path")
        return self.found

    @property
    def acting_app(self) -> App:
        """Return the App that calls, by its JWT or by an installation token."""
        app = self.token.installation.app if self.token else self.app
        if app is None:
            raise LookupError("nobody is authenticated")
        return app

    @property
    def acting_token(self) -> Token:
        """Return the installation token that calls."""
        if self.token is None:
            raise LookupError("not authenticated as an installation")
        return self.token


@dataclass(slots=True)
class Reply:
    """An answer: a JSON value, or bytes with their media type."""

    status: int = 200
    json: Any = None
    content: bytes | None = None
    media_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the body as bytes."""
        if self.content is not None:
            return self.content
        return b"" if self.status in {204, 302, 304} else json.dumps(self.json).encode()


class Refused(Exception):
    """Raised to answer with an error of GitHub's form."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.reply = error(status, message, errors)


def error(status: int, message: str, errors: list[Any] | None = None) -> Reply:
    """Build GitHub's error body."""
    body: dict[str, Any] = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    if errors is not None:
        body["errors"] = errors
    return Reply(status, body)


def page_size(call: Call) -> int:
    """Return how many items a page holds: 30 unless asked otherwise, never more than 100."""
    return max(1, min(int(call.query.get("per_page", 30)), LARGEST_PAGE))


def page(call: Call, items: list[Any], path: str, cap: int | None = None) -> tuple[list[Any], dict[str, str]]:
    """Return one page of items and the Link header that leads to the others."""
    size = page_size(call)
    number = call.query.get("page", 1)
    items = items[:cap]
    last = max(1, -(-len(items) // size))
    links = []
    if number < last:
        links = [("next", number + 1), ("last", last)]
    if number > 1:
        links += [("prev", number - 1), ("first", 1)]
    header = ", ".join(f'<{call.base_url}{path}?per_page={size}&page={n}>; rel="{rel}"' for rel, n in links)
    return items[(number - 1) * size : number * size], {"Link": header} if header else {}
