"""What a program does on its own behalf: renew its tokens, read what it was shipped with, remove what it made.

And what it removes because the time of it is over, whoever happens to ask.
"""

from collections import deque

from analyzers.facts import Event, Value
from analyzers.flow.shapes import Shape
from analyzers.frameworks import times
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

GRANT_TYPE = "grant_type"
OWN_FILE = "__file__"
SCRATCH_MODULE = "tempfile."
MOVES = ("os.replace", "os.rename", "shutil.move")
OPENS = ("builtins.open", "io.open", "aiofiles.open", "anyio.open_file")
MADE_BY = ("write_text", "write_bytes", "mkdir", "touch", "rename", "replace", "open")
SIGNING = ("/login", "/signin", "/sign_in", "/logout", "/logoff", "/signout", "/sign_out")
# The last parts of addresses to which only what is looked for is posted, and what others stand below.
SEARCH = "search"
SEARCHES = ("_search", "_msearch", "_count", "_mget", SEARCH)
MAX_STEPS = 40
MAX_HOPS = 2
LATER, EARLIER = (">", ">="), ("<", "<=")


def names_grant(function: Function, value: int) -> bool:
    """Tell whether a value is the form of a token request: a display with the key `grant_type`."""
    values = function.facts.values
    node = values[value]
    return node.op == "map" and any(key >= 0 and values[key].text == GRANT_TYPE for key in node.args[::2])


def requests_token(function: Function, node: Value) -> bool:
    """Tell whether a call posts the form of a token request."""
    return any(names_grant(function, value) for value in node.args[1:])


def signs_on(shape: Shape) -> bool:
    """Tell whether an address is where a program signs itself on or off."""
    texts = [piece.text.lower() for piece in shape]
    return bool(texts) and (texts[-1].rstrip("/").endswith(SIGNING) or any("/login/" in text for text in texts))


def searches(shape: Shape) -> bool:
    """Tell whether an address is where a search is posted, as it is for queries that are no part of an address."""
    last = shape[-1].text.partition("?")[0] if shape and not shape[-1].labels else ""
    *before, end = last.rstrip("/").lower().split("/")
    return "/" in last and (end in SEARCHES or SEARCH in before)


def renews_tokens(function: Function) -> bool:
    """Tell whether a function asks a token endpoint for a token, or keeps one: `file.write(creds.to_json())`."""
    values = function.facts.values
    return any(
        names_grant(function, value)
        or (node.op == "attr" and node.text == "to_json" and _is_token(values[node.args[0]]))
        for value, node in enumerate(values)
        if node.op in ("map", "attr")
    )


def _is_token(node: Value) -> bool:
    return any(word in node.text.lower() for word in ("cred", "token"))


def is_scratch(resolver: Resolver, function: Function, node: Value) -> bool:
    """Tell whether what a call removes was made by the program: a temporary file, or one that the function wrote."""
    path = _removed(function, node)
    return path >= 0 and (_comes_from(resolver, function, path, SCRATCH_MODULE) or _is_made(resolver, function, path))


def is_temporary(resolver: Resolver, function: Function, node: Value, *, of_path: bool) -> bool:
    """Tell whether a call writes a temporary file under a name that the system gave it; one `of_path` is its method."""
    callee = function.facts.values[node.args[0]]
    if of_path:
        path = callee.args[0] if callee.op == "attr" else -1
    else:
        path = node.args[1] if len(node.args) > 1 and not node.names[0] else -1
    return path >= 0 and _comes_from(resolver, function, path, SCRATCH_MODULE)


def is_cached(function: Function, node: Value) -> bool:
    """Tell whether a call is about a file that is called a cache: what it holds can be fetched again."""
    values = function.facts.values
    callee = values[node.args[0]]
    first = [callee.args[0]] if callee.op == "attr" else []
    paths = [*first, *(value for value, name in zip(node.args[1:], node.names, strict=True) if not name)][
        : 1 + len(first)
    ]
    return any("cache" in values[part].text.lower() for part in function.made_of(*paths, most=MAX_STEPS))


def is_expired(resolver: Resolver, function: Function, event: Event) -> bool:
    """Tell whether something only happens once a point of time has passed: the clock is compared on the way to it."""
    values = function.facts.values
    for step in function.chain(event.dominator):
        node = values[step.value] if step.kind in ("true", "false") else None
        if node is None or node.op != "compare" or node.text not in LATER + EARLIER:
            continue
        clocks = [_reads_clock(resolver, function, side) for side in node.args]
        passed = clocks[0] == (node.text in LATER)
        if any(clocks) and not all(clocks) and passed == (step.kind == "true"):
            return True
    return False


def _reads_clock(resolver: Resolver, function: Function, value: int) -> bool:
    """Tell whether a value is computed from the present time, here."""
    return any(
        node.op == "call" and not times.NOW.isdisjoint(resolver.externals(function, node.args[0]))
        for node in (function.facts.values[part] for part in function.made_of(value, most=MAX_STEPS))
    )


def is_installed(resolver: Resolver, function: Function, node: Value) -> bool:
    """Tell whether what a call reads lies beside the program itself: its path is made from `__file__`."""
    callee = function.facts.values[node.args[0]]
    receiver = callee.args[0] if callee.op == "attr" else -1
    return any(_comes_from(resolver, function, path, OWN_FILE) for path in (receiver, *node.args[1:2]))


def _removed(function: Function, node: Value) -> int:
    """Return the path that a call removes: its receiver when that is a path, its first argument otherwise."""
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in ("unlink", "rmdir") and len(node.args) == 1 + len(_keywords(node)):
        return callee.args[0]
    return node.args[1] if len(node.args) > 1 and not node.names[0] else -1


def _keywords(node: Value) -> list[str]:
    return [name for name in node.names if name]


def _comes_from(resolver: Resolver, function: Function, value: int, source: str) -> bool:
    """Follow what a path was made from, through names, attributes and what functions return, to a source."""
    waiting, seen = deque([(function, value)]), set[tuple[str, int]]()
    while waiting and len(seen) < MAX_STEPS:
        scope, current = waiting.popleft()
        if current < 0 or (scope.id, current) in seen:
            continue
        seen.add((scope.id, current))
        node = scope.facts.values[current]
        if _origin(resolver, scope, node).startswith(source):
            return True
        waiting.extend((scope, part) for part in node.args)
        if node.op == "name":
            module = scope.file.module
            waiting.extend((module, bound) for bound in module.facts.names.get(node.text, ()))
        if node.op == "attr" and node.args[0] == 0 and scope.owner is not None:
            waiting.extend(resolver.set_by_methods(scope.owner, node.text))
        for callee, _ in resolver.functions(scope, node.args[0]) if node.op == "call" else ():
            waiting.extend((callee, event.value) for event in callee.facts.events if event.kind == "return")
    return False


def _origin(resolver: Resolver, function: Function, node: Value) -> str:
    return resolver.external(function, node.args[0]) if node.op == "call" else node.text if node.op == "name" else ""


def _is_made(resolver: Resolver, function: Function, path: int, hops: int = MAX_HOPS) -> bool:
    """Tell whether a path is written, created or moved elsewhere in the function, or by one that it is given to."""
    nodes = [function.facts.values[event.value] for event in function.calls()]
    return any(_makes(resolver, function, node, path) for node in nodes) or (
        hops > 0 and any(_has_made(resolver, function, node, path, hops) for node in nodes)
    )


def _has_made(resolver: Resolver, function: Function, node: Value, path: int, hops: int) -> bool:
    """Tell whether a function of the program that a call gives a path to makes it."""
    if path not in node.args[1:]:
        return False
    for callee, owner in resolver.functions(function, node.args[0]):
        first = 0 if owner is None else 1
        for index, parameter in enumerate(callee.facts.parameters):
            given = index >= first and argument_of(node, parameter.name, index - first) == path
            if given and _is_made(resolver, callee, index, hops - 1):
                return True
    return False


def _makes(resolver: Resolver, function: Function, node: Value, path: int) -> bool:
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.args[0] == path and callee.text in MADE_BY:
        return callee.text != "open" or _writes(resolver, function, node, 1)
    if path not in node.args[1:]:
        return False
    moved = callee.op == "attr" and callee.text in ("rename", "replace") and len(node.args) == 2
    name = resolver.external(function, node.args[0])
    return moved or name in MOVES or (name in OPENS and node.args[1] == path and _writes(resolver, function, node, 2))


def _writes(resolver: Resolver, function: Function, node: Value, position: int) -> bool:
    mode = node.args[position] if len(node.args) > position else -1
    return any(letter in (resolver.text(function, mode) or "" if mode >= 0 else "") for letter in "wxa+")
