"""Stores of the process whose entries calls keep and find under keys, and what makes those keys."""

from collections.abc import Iterator

import msgspec

from analyzers.flow.labels import MARK, is_identity
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

# What makes names that somebody else can make, too -> what nobody can guess.
GUESSABLE = {
    "uuid.uuid1": "uuid.uuid4",
    "random.choice": "secrets.choice",
    "random.choices": "",
    "random.randint": "",
    "random.random": "",
    "random.randrange": "",
    "random.getrandbits": "",
    "time.time": "",
    "time.time_ns": "",
    "itertools.count": "",
    "builtins.len": "",
}
RANDOM = frozenset({*GUESSABLE, "uuid.uuid4", "secrets.token_urlsafe", "secrets.token_hex", "secrets.choice"})
CONTAINERS = ("dict", "defaultdict", "OrderedDict", "TTLCache", "WeakValueDictionary")
MAX_DEPTH = 12


class StoreUse(msgspec.Struct, frozen=True):
    """An access to an entry of a store under a key."""

    store: str
    name: str
    function: Function
    key: int
    start: int
    end: int


def _store(function: Function, value: int) -> str:
    """Return the name of a table of the module, "" for anything else."""
    node = function.facts.values[value]
    if node.op != "name":
        return ""
    module = function.file.module
    for bound in module.facts.names.get(node.text, ()):
        made = module.facts.values[bound]
        called = module.facts.values[made.args[0]].text.rpartition("|")[2] if made.op == "call" else ""
        if made.op == "map" or called in CONTAINERS:
            return node.text
    return ""


def store_writes(function: Function) -> Iterator[StoreUse]:
    """Yield where a function keeps something under a key."""
    for event in function.facts.events:
        if event.kind == "store" and event.text == "[]":
            table, key = function.facts.values[event.target].args
            name = _store(function, table)
            if name:
                yield _use(function, name, key, (event.start, event.end))


def store_reads(flow: Flow, function: Function) -> Iterator[StoreUse]:
    """Yield where a function looks something up under a key that its caller gave, and nothing else."""
    values = function.facts.values
    stored = {event.target for event in function.facts.events if event.kind == "store" and event.text == "[]"}
    for index, node in enumerate(values):
        table, key = -1, -1
        if node.op == "index" and index not in stored:
            table, key = node.args
        elif node.op == "call" and len(node.args) > 1 and values[node.args[0]].text in ("get", "pop"):
            callee = values[node.args[0]]
            table, key = (callee.args[0], node.args[1]) if callee.op == "attr" else (-1, -1)
        name = _store(function, table) if table >= 0 else ""
        labels = flow.labeler.labels(function, key) if name else frozenset()
        if any(f"{MARK}{function.id}{MARK}" in label for label in labels) and not is_identity(labels):
            yield _use(function, name, key, (node.start, node.end))


def _use(function: Function, name: str, key: int, span: tuple[int, int]) -> StoreUse:
    return StoreUse(f"{function.file.path}|{name}", name, function, key, *span)


def makers_of(flow: Flow, function: Function, key: int) -> list[tuple[int, str]]:
    """Return the calls that a key is made of which give random, counted or timed names."""
    found: list[tuple[int, str]] = []
    waiting = [(key, 0)]
    while waiting:
        value, depth = waiting.pop()
        node = function.facts.values[value]
        if node.op == "call":
            names = flow.resolver.externals(function, node.args[0])
            made = next((name for name in names if name in RANDOM), "")
            if made:
                found.append((value, made))
                continue
        if depth < MAX_DEPTH and node.op not in ("name", "param", "import"):
            waiting.extend((part, depth + 1) for part in node.args if part >= 0)
    return found
