"""What an answer of GitHub's API means: its values, or the error that it stands for."""

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from github.dates import moment
from github.errors import (
    BadCredentials,
    CallFailed,
    Forbidden,
    InstallationSuspended,
    MalformedResponse,
    NotFound,
    PermissionMissing,
    PrimaryRateLimited,
    RateLimited,
    Refused,
    SecondaryRateLimited,
    ServerFailed,
    Unprocessable,
    WriteOutcomeUnknown,
)
from github.limits import ErrorBody, Pause, rest_pause

T = TypeVar("T")
ERROR_BODY = msgspec.json.Decoder(ErrorBody)
SUSPENDED = re.compile(r"installation has been suspended", re.IGNORECASE)
UNGRANTED = re.compile(
    r"not accessible by integration|permissions requested are not granted|level of permission", re.IGNORECASE
)
# Minting a token for a repository that the installation has lost answers 422.
UNSELECTED = re.compile(r"repository that does not exist or is not accessible", re.IGNORECASE)


class Call(msgspec.Struct, frozen=True):
    """One call: GitHub's route template, what fills it, and whether it may be repeated without harm."""

    method: str
    route: str
    values: Mapping[str, str | int] = {}
    params: Mapping[str, str | int] = {}
    body: Mapping[str, object] | None = None
    accept: str = "application/vnd.github+json"
    repeatable: bool = False


class Response(msgspec.Struct, frozen=True):
    """An answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def has_next_page(self) -> bool:
        """Whether GitHub names a next page."""
        return 'rel="next"' in self.headers.get("link", "")


def decode(call: Call, response: Response, decoder: msgspec.json.Decoder[T]) -> T:
    """Read an answer's JSON; raise MalformedResponse, for a write WriteOutcomeUnknown."""
    try:
        return decoder.decode(response.content)
    except (ValueError, RecursionError) as error:
        kind = MalformedResponse if call.repeatable else WriteOutcomeUnknown
        raise kind(call.method, call.route, str(error)) from error


def failure_of(call: Call, response: Response, now: float) -> CallFailed | None:
    """Return the error that an answer stands for, None for 2xx."""
    if 200 <= response.status < 300:
        return None
    body = _error_body(response.content)
    pause = rest_pause(response.status, response.headers, body, now)
    if pause is not None:
        return limited(call, body.message, pause)
    if response.status >= 500:
        kind = ServerFailed if call.repeatable else WriteOutcomeUnknown
        return kind(call.method, call.route, f"status {response.status}")
    refusal = _refusal(call, response.status, body.text)
    if isinstance(refusal, BadCredentials):
        refusal.answered_at = moment(response.headers.get("date", ""))
    return refusal


def limited(call: Call, message: str, pause: Pause) -> RateLimited:
    """Return the error of a limit."""
    kind = PrimaryRateLimited if pause.primary else SecondaryRateLimited
    return kind(call.method, call.route, message, pause.retry_at, named=pause.named)


def _refusal(call: Call, status: int, text: str) -> Refused:
    return _refusal_kind(status, text)(call.method, call.route, text or f"status {status}", status)


def _refusal_kind(status: int, text: str) -> type[Refused]:
    if status in (403, 422) and UNGRANTED.search(text):
        return PermissionMissing
    if status == 403:
        return InstallationSuspended if SUSPENDED.search(text) else Forbidden
    if status in (404, 410, 451) or (status == 422 and UNSELECTED.search(text)):
        return NotFound
    return {401: BadCredentials, 422: Unprocessable}.get(status, Refused)


def _error_body(content: bytes) -> ErrorBody:
    try:
        return ERROR_BODY.decode(content)
    except (ValueError, RecursionError):
        # An error page of a proxy: its status tells enough.
        return ErrorBody()
