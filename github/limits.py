"""How GitHub says "too much": every shape of its primary and secondary limits.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from collections.abc import Mapping

import msgspec

# The limits that our calls count against: https://docs.github.com/rest/rate-limit/rate-limit
RESOURCES = frozenset({"core", "graphql", "code_scanning_upload"})
# GitHub's advice when it names no time: at least a minute.
UNNAMED_PAUSE = 60.0
LONGEST_PAUSE = 24 * 3600.0
SECONDARY_WORDS = ("secondary rate limit", "abuse detection", "submitted too quickly")
GRAPHQL_TYPES = frozenset({"RATE_LIMIT", "RATE_LIMITED"})


class Pause(msgspec.Struct, frozen=True):
    """Until when to wait, in seconds since the epoch, and whether the hourly budget is used up.

    `named` tells whether GitHub said for how long; it asks for growing pauses where it did not.
    """

    retry_at: float
    primary: bool
    named: bool = True


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of a refusal."""

    message: str = ""
    errors: object = None

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the listed errors."""
        listed = self.errors if isinstance(self.errors, list) else []
        return frozenset(str(item.get("code")) for item in listed if isinstance(item, dict))

    @property
    def text(self) -> str:
        """Message and errors on one line."""
        return self.message if not self.errors else f"{self.message} {msgspec.json.encode(self.errors).decode()}"


def rest_pause(status: int, headers: Mapping[str, str], body: ErrorBody, now: float) -> Pause | None:
    """Return the pause that a refused REST call asks for, None when it was refused for another reason."""
    text = body.message.lower()
    secondary = any(words in text for words in SECONDARY_WORDS)
    if status == 422:
        return _pause(headers, now, primary=False) if secondary or "abuse" in body.codes else None
    if status not in (403, 429):
        return None
    if "retry-after" in headers or secondary:
        return _pause(headers, now, primary=False)
    if headers.get("x-ratelimit-remaining") == "0":
        return _pause(headers, now, primary=True)
    return _pause(headers, now, primary=False) if status == 429 else None


def graphql_pause(types: frozenset[str], messages: str, headers: Mapping[str, str], now: float) -> Pause | None:
    """Return the pause that the errors of a GraphQL answer with status 200 ask for, if any."""
    if types & GRAPHQL_TYPES:
        return _pause(headers, now, primary=True)
    if any(words in messages.lower() for words in SECONDARY_WORDS):
        return _pause(headers, now, primary=False)
    return None


def _pause(headers: Mapping[str, str], now: float, *, primary: bool) -> Pause:
    wait = _number(headers.get("retry-after"))
    if wait is None and (primary or headers.get("x-ratelimit-remaining") == "0"):
        reset = _number(headers.get("x-ratelimit-reset"))
        wait = None if reset is None else max(reset - now, 1.0)
    seconds = UNNAMED_PAUSE if wait is None else wait
    return Pause(now + min(seconds, LONGEST_PAUSE), primary, named=wait is not None)


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 12 else None


def share_left(headers: Mapping[str, str]) -> tuple[str, float]:
    """Return the hourly limit that a call counted against and the share of it that is left; "" where none is told."""
    limit = _number(headers.get("x-ratelimit-limit"))
    remaining = _number(headers.get("x-ratelimit-remaining"))
    if not limit or remaining is None:
        return "", 1.0
    resource = headers.get("x-ratelimit-resource", "core")
    return resource if resource in RESOURCES else "other", min(remaining / limit, 1.0)
