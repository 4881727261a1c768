"""The project's own guards, identities, audits and sanitizers, as the policy names them."""

from collections.abc import Iterable, Iterator

from analyzers.frameworks import identity
from analyzers.policy import Policy
from analyzers.project.program import Function, Program
from analyzers.project.targets import Target

# The last parts of the names by which a program reads a verified identity.
IDENTITIES = frozenset(name.rpartition(".")[2] for name in (*identity.VERIFIED, *identity.CLAIM_READERS))
KINDS = ("guards", "identities", "audits", "sanitizers")


class Named:
    """Which functions the policy vouches for, by kind.

    A name is `module.function`, `module.Class.method`, or the dotted name of something outside the program. In a review
    a guard that changed counts only while its body can still deny on the identity.
    """

    def __init__(self, program: Program, policy: Policy, before: Program | None = None) -> None:
        self._names = {kind: frozenset(getattr(policy, kind)) for kind in KINDS}
        self._ids = {kind: frozenset(_ids(program, names)) for kind, names in self._names.items()}
        if before is not None:
            self._ids["guards"] = frozenset(
                identity for identity in self._ids["guards"] if _still_denies(program, before, identity)
            )

    def has(self, kind: str) -> bool:
        """Tell whether anything of a kind is named."""
        return bool(self._names[kind])

    def includes(self, kind: str, targets: Iterable[Target]) -> bool:
        """Tell whether one of the targets of a call is named."""
        return self.has(kind) and any(
            target.name.replace("()", "") in self._names[kind]
            if target.kind == "external"
            else target.function is not None and target.function.id in self._ids[kind]
            for target in targets
        )


def _ids(program: Program, names: frozenset[str]) -> Iterator[str]:
    for function in program.functions() if names else ():
        if function.facts.kind in ("function", "method", "class"):
            last = function.facts.qualname.rpartition(".")[2]
            for name in names:
                if name.endswith(last) and _is_called(function, name):
                    yield function.id


def _is_called(function: Function, name: str) -> bool:
    """Tell whether a dotted name means a function: its qualified name behind the end of its module's path."""
    qualname = function.facts.qualname
    if name != qualname and not name.endswith(f".{qualname}"):
        return False
    module = name[: -len(qualname)].rstrip(".")
    stem = function.file.directory if function.file.is_package else function.file.path.rpartition(".")[0]
    dotted = stem.replace("/", ".")
    return bool(module) and (dotted == module or dotted.endswith(f".{module}"))


def _still_denies(program: Program, before: Program, identity: str) -> bool:
    """Tell whether a guard is as it was, or still refuses by what it refused by, or by a verified identity."""
    path, _, index = identity.rpartition("#")
    function = program.files[path].functions[int(index)]
    file = before.files.get(path)
    others = [other for other in file.functions if other.facts.qualname == function.facts.qualname] if file else []
    if any(other.facts.digest == function.facts.digest for other in others):
        return True
    asked = _asked(function)
    if not others:
        return bool(asked)
    known = frozenset(name for other in others for name in _asked(other))
    if known:
        return not asked.isdisjoint(known | IDENTITIES)
    # A guard that leaves the refusal to what it calls must go on calling it.
    return all(_called(other) <= _called(function) for other in others)


def _asked(function: Function) -> frozenset[str]:
    """Return the names of what the conditions are made from, under which a function refuses or returns early."""
    found: set[str] = set()
    for event in function.facts.events:
        if event.kind in ("raise", "return"):
            for step in function.chain(event.dominator):
                if step.kind in ("true", "false"):
                    found.update(_names(function, step.value))
    return frozenset(found)


def _names(function: Function, value: int) -> Iterator[str]:
    """Yield the names of the functions, attributes and variables that a value is made from."""
    waiting, seen = [value], set[int]()
    while waiting:
        current = waiting.pop()
        if current < 0 or current in seen:
            continue
        seen.add(current)
        node = function.facts.values[current]
        # Of `engine.decide` it is the member that says what is asked.
        owned = node.op == "attr" and function.facts.values[node.args[0]].op in ("name", "import", "free")
        waiting.extend(() if owned else node.args)
        if node.op in ("attr", "name", "import", "free"):
            yield node.text.rpartition("|")[2] or node.text.partition("|")[0]


def _called(function: Function) -> frozenset[str]:
    values = function.facts.values
    return frozenset(values[values[event.value].args[0]].text.rpartition("|")[2] for event in function.calls())
