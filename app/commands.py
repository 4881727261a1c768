"""The commands that people give in comments: `/skillaudit VERB [FINGERPRINT] [reason]`, alone on the first line."""

import enum
from typing import Final

import msgspec
import re2

MAX_REASON: Final = 500
# Eight digits are what comments show; two findings of one pull request that share them are told apart by more.
_LINE: Final = re2.compile(r"/skillaudit[ \t]+([a-z]+)(?:[ \t]+([^\r\n]*))?")
_FINGERPRINT: Final = re2.compile(r"`?([0-9a-f]{8,64})`?(?:[ \t]+(.*))?")


class Verb(enum.StrEnum):
    """What a command asks for."""

    RERUN = "rerun"
    IGNORE = "ignore"
    ACCEPT = "accept"
    EXPLAIN = "explain"
    HELP = "help"
    UNKNOWN = "unknown"


class Request(msgspec.Struct, frozen=True):
    """A command as it was written; UNKNOWN for one that is not understood."""

    verb: Verb
    fingerprint: str = ""
    reason: str = ""


def parse_command(body: str) -> Request | None:
    """Return the command on the first line of a comment, None where there is none."""
    first = next(iter(body.lstrip("\ufeff").splitlines()), "").strip()
    if first.split(maxsplit=1)[:1] != ["/skillaudit"]:
        return None
    match = _LINE.fullmatch(first)
    if match is None or match[1] not in Verb.__members__.values() or match[1] == Verb.UNKNOWN:
        return Request(Verb.UNKNOWN)
    verb, rest = Verb(match[1]), (match[2] or "").strip()
    if verb in (Verb.RERUN, Verb.HELP):
        return Request(verb) if not rest else Request(Verb.UNKNOWN)
    return _about_a_finding(verb, rest)


def _about_a_finding(verb: Verb, rest: str) -> Request:
    match = _FINGERPRINT.fullmatch(rest)
    if match is None:
        return Request(Verb.UNKNOWN)
    reason = (match[2] or "").strip()[:MAX_REASON]
    # A decision without a reason cannot be judged by those who come later.
    needs_reason = verb in (Verb.IGNORE, Verb.ACCEPT)
    return Request(verb, match[1], reason) if reason or not needs_reason else Request(Verb.UNKNOWN)
