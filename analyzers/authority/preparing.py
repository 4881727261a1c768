"""What a program does to get ready, whoever calls first: it signs on, makes tables and folders, keeps its own tokens.

Nothing of the caller is in it. It is told by the names of the functions that lead to it; what a tool does by itself, or
does nothing else beside, is what it is for. So are what it keeps of answers, and notes of its use, where a tool is
named for reading. What is sent to another machine only gets ready what is named for signing on: an order that
`ensure_order` or a constructor places is one, and what an object keeps of its caller is not seen in it.
"""

from collections.abc import Sequence
from functools import lru_cache

from analyzers.authority.forms import without_forms
from analyzers.flow.effects import Effect
from analyzers.flow.labels import MARK, Labels, is_arguments, is_chosen, is_derived, owner_of
from analyzers.frameworks.deeds import says_change
from analyzers.frameworks.sinks import RANKS, snake, vocabulary
from analyzers.project.servers import EntryPoint

READY = "read-public"
WRITES = "write"
# What makes folders: those of a program's own are made when they are missing.
FOLDERS = ("os.mkdir", "os.makedirs", "pathlib.Path().mkdir")
# How functions are called that get something ready, and those that are run when an object is made or entered.
PREPARING = frozenset({"init", "initialize", "initialise", "ensure", "migrate", "setup", "bootstrap", "warmup"})
MAKING = frozenset({"__init__", "__post_init__", "__enter__", "__aenter__"})
ENSURING = frozenset({"ensure", "setup", "bootstrap", "start", "launch"})
RUNNING = frozenset({"running", "started", "available", "connected", "reachable", "ready", "healthy", "up"})
MIGRATIONS = frozenset({"migrate", "migration", "migrations"})
# How a program asks for what it signs on with, and keeps it.
SIGNING = frozenset({"login", "authenticate", "reauthenticate", "signin"})
KEEPING = frozenset({"get", "acquire", "obtain", "request", "refresh", "renew", "save", "store", "persist", "load"})
SIGNED = frozenset({"token", "tokens", "credentials", "cookies", "jwt"})
SETTINGS = frozenset({"config", "configuration", "settings"})
# How tools are called that end it.
ENDING = frozenset(
    {"logout", "logoff", "signout", "signoff", "sign", "log", "off", "out", "disconnect", "auth", "token"}
)
REMOVALS = ("os.remove", "os.unlink", "pathlib.Path().unlink")
FILES = ("builtins.open", "pathlib.Path().open", "pathlib.Path().read_text", "pathlib.Path().read_bytes")
# What is kept to be asked for once or counted against a limit, what notes of its use are called, what nobody uses now.
CACHES = frozenset(
    {
        "cache",
        "caches",
        "cached",
        "caching",
        "snapshot",
        "snapshots",
        "memo",
        "memoize",
        "memoized",
        "diskcache",
        "limiter",
        "ratelimiter",
    }
)
NOTING = frozenset({"log", "track", "record", "audit", "trace"})
NOTED = frozenset({"search", "query", "usage", "event", "events", "call", "calls", "request", "access", "metric"})
# How functions are called that take away what is used once, and what that is.
SPENDING = frozenset({"delete", "remove", "consume", "pop", "clear", "discard", "release"})
SPENT = frozenset({"state", "states", "nonce", "nonces", "challenge", "challenges", "otp", "verifier"})
STALE = frozenset({"stale", "expired", "orphaned", "outdated"})
AUDITS = frozenset({"audit", "audits", "auditor", "auditing"})
# Databases that are files of the program: what it read elsewhere is kept there for the next who asks.
OWN_DATABASES = ("sqlite3.", "aiosqlite.", "duckdb.")
# How it finds its own folders.
FINDING = frozenset({"get", "resolve", "locate", "find", "choose"})
PLACES = frozenset({"dir", "directory", "folder"})


def prepared(entry: EntryPoint, effects: Sequence[Effect]) -> list[Effect]:
    """Return what an entry point does, with what it only prepares as harmless; all of it, where it does no more."""
    if entry.handler is None or prepares(entry.handler.facts.name) or prepares(entry.name):
        return list(effects)
    if vocabulary(entry.name) != "destroy":
        effects = [effect._replace(kind=WRITES) if _is_spent(effect) else effect for effect in effects]
    done = _without_records(entry, _without_kept(entry, without_forms(entry, effects)))
    clears = not says_change(entry.name)
    signed_on = clears and ENDING.isdisjoint(_words(entry.name))
    gets_ready = [_is_preparation(effect, clears=clears, signed_on=signed_on) for effect in done]
    ready = [
        effect._replace(kind=READY) if is_ready else effect for effect, is_ready in zip(done, gets_ready, strict=True)
    ]
    others = [effect for effect, before in zip(ready, done, strict=True) if effect is before]
    # A tool that is named for changing something changes what is left, or else what gets ready is what it does.
    least = 0 if clears else RANKS[WRITES] - 1
    if any(effect.rank > least or (clears and effect.method) for effect in others):
        return ready
    # What brings a schema up to date deletes nothing for whom it is not named.
    spares = vocabulary(entry.name) != "destroy"
    done = [effect._replace(kind=WRITES) if spares and _is_migration(effect) else effect for effect in done]
    return [effect._replace(ready=is_ready) for effect, is_ready in zip(done, gets_ready, strict=True)]


def _is_spent(effect: Effect) -> bool:
    """Tell whether an effect deletes what is good for one use: the state of a sign-in, a challenge, a lock."""
    words = _words(effect.place.symbol.rpartition(".")[2])
    return effect.kind == "destroy" and bool(words) and words[0] in SPENDING and words[-1] in SPENT


def _is_migration(effect: Effect) -> bool:
    """Tell whether an effect that deletes is part of bringing a schema up to date."""
    symbols = (*(place.symbol for place in effect.via[1:]), effect.place.symbol)
    return effect.kind == "destroy" and any(map(migrates, symbols)) and not _has_part(effect)


def _without_kept(entry: EntryPoint, effects: Sequence[Effect]) -> Sequence[Effect]:
    """Take what is kept of answers, and noted of calls, for harmless where a tool reads, by its name or beside that."""
    suggested = vocabulary(entry.name)
    if suggested not in ("", "read-private") or says_change(entry.name):
        return effects
    done = [effect._replace(kind=READY) if _is_kept(effect) else effect for effect in effects]
    if not suggested and not _does_more(done, effects):
        return effects
    if not suggested:
        return done
    kept = [effect._replace(kind=READY) if _is_answer_kept(entry, effect) else effect for effect in done]
    return kept if _does_more(kept, effects) else done


def _does_more(done: Sequence[Effect], effects: Sequence[Effect]) -> bool:
    """Tell whether something is left that a tool does beside what was taken for harmless."""
    others = (effect for effect, before in zip(done, effects, strict=True) if effect is before)
    return any(effect.method or effect.rank > 0 for effect in others)


def _without_records(entry: EntryPoint, effects: Sequence[Effect]) -> Sequence[Effect]:
    """Take what is written into the program's own audit for harmless, beside anything else that a tool does."""
    if AUDITS.intersection(_words(entry.name)):
        return effects
    records = [_is_record(effect) for effect in effects]
    done = [effect._replace(kind=READY) if known else effect for effect, known in zip(effects, records, strict=True)]
    if any(effect.method or effect.rank > 0 for effect in done):
        return done
    return [
        effect._replace(kind=WRITES) if known and effect.kind == "destroy" else effect
        for effect, known in zip(effects, records, strict=True)
    ]


def _is_record(effect: Effect) -> bool:
    """Tell whether an effect is part of writing a record of a call, in what is named for audits."""
    # Records that are too old, or too many, go where a new one is written.
    outdated = effect.kind == "destroy" and effect.name in REMOVALS and not _has_part(effect)
    if (effect.kind not in ("write", "read-private") and not outdated) or not effect.via or effect.method:
        return False
    return any(audits(place.symbol) for place in (*effect.via[1:], effect.place))


@lru_cache(4096)
def audits(symbol: str) -> bool:
    """Tell whether a function, or its class, is named for audits."""
    return any(not AUDITS.isdisjoint(_words(part)) for part in symbol.split("."))


def _is_kept(effect: Effect) -> bool:
    """Tell whether an effect keeps an answer for the next who asks, or notes that somebody asked."""
    if effect.kind != "write" or not effect.via:
        return False
    return any(keeps(place.symbol) for place in (*effect.via[1:], effect.place))


def _is_answer_kept(entry: EntryPoint, effect: Effect) -> bool:
    """Tell whether an effect writes rows that no caller had a say in to a database file of the program's own."""
    if effect.kind != "write" or not effect.via or not effect.name.startswith(OWN_DATABASES):
        return False
    shapes = (effect.url, *(operand.shape for operand in effect.operands))
    labels = (effect.arguments, *(piece.labels for shape in shapes for piece in shape))
    return not any(_is_said(entry, label) for part in labels for label in part)


def _is_said(entry: EntryPoint, label: str) -> bool:
    """Tell whether a label is what the caller of an entry point says itself."""
    if MARK not in label or is_derived(label):
        return is_arguments(label)
    branch = entry.branch
    run = (entry.handler, entry.inner) if branch is None else (entry.handler, branch.handler, branch.function)
    return owner_of(label) in {function.id for function in run if function is not None}


@lru_cache(4096)
def keeps(symbol: str) -> bool:
    """Tell whether a function is called like one of a cache, or one that notes what the program is used for."""
    words = [_words(part) for part in symbol.split(".")]
    last = words[-1]
    noting = bool(last) and last[0] in NOTING and not NOTED.isdisjoint(last[1:])
    return noting or any(not CACHES.isdisjoint(part) for part in words)


def _is_preparation(effect: Effect, *, clears: bool, signed_on: bool) -> bool:
    if effect.name in FOLDERS:
        return not _has_part(effect)
    if not effect.via or effect.kind not in ("write", "destroy", "read-private"):
        return False
    symbols = (*(place.symbol for place in effect.via[1:]), effect.place.symbol)
    if effect.kind == "read-private":
        looks = any(map(_looks, symbols)) and not effect.method
        return (looks or (effect.name in FILES and any(map(_sets, symbols)))) and not _has_part(effect)
    if effect.method and not is_read(effect):
        return any(map(signs_on, symbols)) and not _has_part(effect)
    telling = prepares if effect.kind == "write" else migrates
    told = any(map(telling, symbols)) or (clears and any(map(_clears, symbols)))
    # A file of the program's own that could not be read goes as well, and a token that was refused while it was used.
    signs = any(map(_signs, symbols)) or (signed_on and any(map(_signs_off, symbols)))
    told = told or effect.once or (effect.name in REMOVALS and (effect.failing or signs))
    return told and not _has_part(effect)


@lru_cache(4096)
def _looks(symbol: str) -> bool:
    """Tell whether a function is called like one that sees to it that something runs, and looks whether it does."""
    words = _words(symbol.rpartition(".")[2])
    return bool(ENSURING.intersection(words[:1])) and not RUNNING.isdisjoint(words)


@lru_cache(4096)
def _sets(symbol: str) -> bool:
    """Tell whether a function is called like one that reads what the program is set up with."""
    words = _words(symbol.rpartition(".")[2])
    return bool(words) and words[0] in (*KEEPING, "read") and not SETTINGS.isdisjoint(words)


def _has_part(effect: Effect) -> bool:
    """Tell whether callers have a part in what an effect is about."""
    shapes = (effect.url, *(operand.shape for operand in effect.operands))
    return _is_chosen(effect.arguments) or any(_is_chosen(piece.labels) for shape in shapes for piece in shape)


def _is_chosen(labels: Labels) -> bool:
    return any(map(is_chosen, labels))


@lru_cache(4096)
def prepares(symbol: str) -> bool:
    """Tell whether a function is called like one that gets something ready, or signs the program on."""
    name = symbol.rpartition(".")[2]
    words = _words(name)
    if name in MAKING or PREPARING.intersection(words[:1]) or SIGNING.intersection(words[:1]) or migrates(symbol):
        return True
    return _signs(symbol) or (bool(words) and words[0] in FINDING and words[-1] in PLACES)


def is_read(effect: Effect) -> bool:
    """Tell whether a request only asks for something."""
    return effect.method.upper() in ("GET", "HEAD", "OPTIONS")


@lru_cache(4096)
def signs_on(symbol: str) -> bool:
    """Tell whether a function is called like one that signs the program on, or gets what it signs on with."""
    words = _words(symbol.rpartition(".")[2])
    return _signs(symbol) or bool(SIGNING.intersection(words[:1]))


@lru_cache(4096)
def _signs(symbol: str) -> bool:
    """Tell whether a function is called like one that gets or keeps what the program signs on with."""
    words = _words(symbol.rpartition(".")[2])
    return bool(words) and words[0] in KEEPING and not SIGNED.isdisjoint(words)


@lru_cache(4096)
def _signs_off(symbol: str) -> bool:
    """Tell whether a function is called like one that takes away what the program signs on with."""
    words = _words(symbol.rpartition(".")[2])
    return bool(words) and words[0] in SPENDING and not SIGNED.isdisjoint(words)


@lru_cache(4096)
def migrates(symbol: str) -> bool:
    """Tell whether a function is called like one that brings a schema up to date."""
    return not MIGRATIONS.isdisjoint(_words(symbol.rpartition(".")[2]))


def _clears(symbol: str) -> bool:
    """Tell whether a function is called like one that clears away what nobody uses any more."""
    return not STALE.isdisjoint(_words(symbol.rpartition(".")[2]))


def _words(name: str) -> list[str]:
    return [word for word in snake(name).split("_") if word]
