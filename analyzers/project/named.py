"""The project's own guards, identities, audits and sanitizers, as the policy names them."""

from collections.abc import Iterable, Iterator

from analyzers.policy import Policy
from analyzers.project.program import Function, Program
from analyzers.project.targets import Target

KINDS = ("guards", "identities", "audits", "sanitizers")


class Named:
    """Which functions the policy vouches for, by kind.

    A name is `module.function`, `module.Class.method`, or the dotted name of something outside the program. In a review
    a guard that changed counts only while its body can still deny.
    """

    def __init__(self, program: Program, policy: Policy, before: Program | None = None) -> None:
        self._names = {kind: frozenset(getattr(policy, kind)) for kind in KINDS}
        self._ids = {kind: frozenset(_ids(program, names)) for kind, names in self._names.items()}
        if before is not None:
            self._ids["guards"] = frozenset(
                identity for identity in self._ids["guards"] if _still_denies(program, before, identity)
            )

    def includes(self, kind: str, targets: Iterable[Target]) -> bool:
        """Tell whether one of the targets of a call is named."""
        if not self._names[kind]:
            return False
        return any(
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
    """Tell whether a guard is as it was, or refuses somewhere under a condition."""
    path, _, index = identity.rpartition("#")
    function = program.files[path].functions[int(index)]
    file = before.files.get(path)
    same = file is not None and any(
        other.facts.qualname == function.facts.qualname and other.facts.digest == function.facts.digest
        for other in file.functions
    )
    return same or any(
        event.kind in ("raise", "return")
        and any(step.kind in ("true", "false") for step in function.chain(event.dominator))
        for event in function.facts.events
    )
