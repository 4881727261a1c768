"""What happens in one schedule: drawn from its seed alone, so that it can be played again."""

import random
from dataclasses import dataclass
from enum import Enum

from tests.standin.faults import Kind

ACTS = (8, 16)
PULLS = 3
# The longest that a schedule waits between two acts, in seconds.
PAUSE = 0.8


class Content(Enum):
    """What a push makes of the server; only the last two can be waved through."""

    UNGUARDED = "a tool without authorization"
    TWO_UNGUARDED = "two of them"
    BROKEN = "a file that cannot be parsed"
    TOO_LARGE = "a file larger than any that is read"
    GUARDED = "a tool with authorization"
    WORDS = "no server code"


CLEAN = frozenset({Content.GUARDED, Content.WORDS})


class Way(Enum):
    """How an event reaches the App."""

    AT_ONCE = "at once"
    TWICE = "twice"
    AS_TWO = "as two events"
    LATE = "late"
    LOST = "lost"


@dataclass(frozen=True)
class Push:
    """Somebody pushes to a pull request, or opens it."""

    pull: int
    content: Content
    shift: int
    way: Way


@dataclass(frozen=True)
class Close:
    """A pull request is closed and opened again."""

    pull: int
    way: Way


@dataclass(frozen=True)
class Talk:
    """A human answers our first comment, resolves its thread, or comments in the conversation."""

    pull: int
    deed: str


@dataclass(frozen=True)
class Catch:
    """The late events arrive, in another order than they were sent."""

    order: int


@dataclass(frozen=True)
class Kill:
    """A process dies: now, or when one of its reviews reaches a step."""

    process: int
    step: str


@dataclass(frozen=True)
class Trouble:
    """GitHub fails some requests, or answers slowly from now on."""

    method: str
    path: str
    kind: Kind
    times: int


@dataclass(frozen=True)
class Slow:
    """GitHub answers within this time from now on, in seconds."""

    seconds: float


@dataclass(frozen=True)
class Outage:
    """The database is away for a while, in seconds."""

    seconds: float


Act = Push | Close | Talk | Catch | Kill | Trouble | Slow | Outage

# Before a delivery is stored, and before its sender is told so.
WEB_STEPS = ("deliveries taken", "deliveries committed")
STEPS = (
    *WEB_STEPS,
    "",
    "",
    "",
    "",
    "check created",
    "check stored",
    "subject read",
    "change read",
    "analyzed",
    "fenced",
    "review posted",
    "comment closed",
    "reply posted",
    "published",
    "check concluded",
    "ended",
)
ROUTES = (
    ("POST", "/check-runs$"),
    ("PATCH", "/check-runs/"),
    ("POST", "/reviews$"),
    ("*", "/pulls/comments/"),
    ("POST", "/graphql$"),
    ("GET", "/compare/"),
    ("GET", "/git/"),
    ("GET", "/files$"),
    ("GET", "/check-runs"),
    ("POST", "/access_tokens$"),
    ("*", ""),
)
KINDS = (
    Kind.SERVER_ERROR,
    Kind.BAD_GATEWAY,
    Kind.BAD_GATEWAY_AFTER,
    Kind.BAD_GATEWAY_AFTER,
    Kind.UNAVAILABLE,
    Kind.GATEWAY_TIMEOUT,
    Kind.RESET,
    Kind.RESET_AFTER,
    Kind.RESET_AFTER,
    Kind.TRUNCATED,
    Kind.HTML,
    Kind.SECONDARY_LIMIT,
    Kind.SECONDARY_LIMIT_429,
    Kind.PRIMARY_LIMIT,
    Kind.GRAPHQL_LIMIT,
    Kind.UNAUTHORIZED,
    Kind.DRIP,
)


@dataclass(frozen=True)
class Schedule:
    """The acts of one seed, each with the pause before it, in seconds."""

    seed: int
    acts: tuple[tuple[float, Act], ...]


def draw(seed: int) -> Schedule:
    """Draw the schedule of a seed."""
    chance = random.Random(seed)
    acts: list[Act] = [_push(chance, 0)]
    acts += [_act(chance) for _ in range(chance.randint(*ACTS))]
    return Schedule(seed, tuple((round(chance.uniform(0, PAUSE), 3), act) for act in acts))


def _act(chance: random.Random) -> Act:
    kinds = (_push, _close, _talk, _catch, _kill, _trouble, _slow, _outage)
    draws = chance.choices(kinds, weights=(6, 1, 2, 2, 5, 5, 1, 1))
    return draws[0](chance)


def _push(chance: random.Random, pull: int | None = None) -> Push:
    chosen = chance.randrange(PULLS) if pull is None else pull
    ways = chance.choices(tuple(Way), weights=(5, 1, 1, 2, 1))
    return Push(chosen, chance.choice(tuple(Content)), chance.choice((0, 0, 7)), ways[0])


def _close(chance: random.Random) -> Close:
    return Close(chance.randrange(PULLS), chance.choice((Way.AT_ONCE, Way.TWICE, Way.LATE)))


def _talk(chance: random.Random) -> Talk:
    return Talk(chance.randrange(PULLS), chance.choice(("reply", "resolve", "comment", "rerun")))


def _catch(chance: random.Random) -> Catch:
    return Catch(chance.randrange(1_000))


def _kill(chance: random.Random) -> Kill:
    return Kill(chance.randrange(3), chance.choice(STEPS))


def _trouble(chance: random.Random) -> Trouble:
    method, path = chance.choice(ROUTES)
    return Trouble(method, path, chance.choice(KINDS), chance.choice((1, 1, 1, 2, 4)))


def _slow(chance: random.Random) -> Slow:
    return Slow(chance.choice((0.0, 0.05, 0.3)))


def _outage(chance: random.Random) -> Outage:
    return Outage(chance.choice((0.2, 2.0, 6.0)))
