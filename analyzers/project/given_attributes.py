"""Attributes that objects are given from outside: `state.client = ...`, `app.state.client = ...`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.targets import Target, argument_of

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

Place = tuple[Function, int]

# What has no attributes but those it is given. https://docs.python.org/3/library/types.html#types.SimpleNamespace
HOLDERS = frozenset({"threading.local()", "types.SimpleNamespace()", "argparse.Namespace()"})
# Of these, those that are given them when they are made.
MADE_WITH = ("SimpleNamespace", "Namespace")
# The state of an application, and that of a request.
# https://www.starlette.io/applications/#storing-state-on-the-app-instance
STATE = "state"
APPLICATIONS = ("app", "application", "FastAPI()", "Starlette()", "FastMCP()", "Quart()", "Sanic()")
REQUESTS = ("request", "Request()")


class GivenAttributes:
    """Finds what attributes are set to where no method of their object sets them."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._active: set[tuple[str, str]] = set()

    def of_target(self, target: Target, function: Function, node: Value) -> list[Place]:
        """Return what an attribute is set to whose base, in a function, is a holder or a function; else nothing."""
        holder = holder_of(target.name) if target.kind == "external" else ""
        if holder:
            return self.of_holder(holder, node.text, _called(function, node.args[0]))
        return self.of_function(target.function, node.text) if target.kind == "function" and target.function else []

    def of_application(self, made: str, name: str) -> list[Place]:
        """Return what an attribute of a server, or of an application, is set to by the program; else nothing."""
        if made.rpartition(".")[2] not in APPLICATIONS or "()." in made:
            return []
        return [place[:2] for place in self._set(made, name, lambda target: target.name == made)]

    def of_class(self, cls: Function, name: str) -> list[Place]:
        """Return what an attribute of a class, or of its instances, is set to, as (function, value)."""
        return [place[:2] for place in self._set(f"class {cls.id}", name, lambda target: self._is_of(target, cls))]

    def of_function(self, function: Function, name: str) -> list[Place]:
        """Return what an attribute of a function is set to."""
        found = self._set(f"function {function.id}", name, lambda target: target.function is function)
        return [place[:2] for place in found]

    def of_holder(self, holder: str, name: str, called: str) -> list[Place]:
        """Return what is kept under a name in what `holder_of` and `state_of` tell of, in that which is called so."""
        found = self._set(holder, name, lambda target: holder_of(target.name) == holder)
        for maker in MADE_WITH:
            for function, call in self._resolver.program.call_sites(maker) if holder.endswith(f".{maker}()") else ():
                value = argument_of(function.facts.values[call], name, -1)
                if value >= 0:
                    bound = call in function.facts.names.get(called, ())
                    found.append((function, value, called if bound else ""))
        own = [place for place in found if place[2] == called] if holder in HOLDERS else []
        return [place[:2] for place in own or found]

    def _set(self, key: str, name: str, is_it: Callable[[Target], bool]) -> list[tuple[Function, int, str]]:
        """Return what an attribute is set to, and what its object is called there."""
        if (key, name) in self._active:
            return []
        self._active.add((key, name))
        found = [
            (function, event.value, _called(function, event.target))
            for function, event in self._resolver.program.stores(name)
            if event.target >= 0
            if state_of(function, event.target) == key
            or any(map(is_it, self._resolver.resolve(function, event.target)))
        ]
        self._active.discard((key, name))
        return found

    def _is_of(self, target: Target, cls: Function) -> bool:
        if target.kind not in ("instance", "class") or target.function is None:
            return False
        return target.function is cls or cls in self._resolver.linearize(target.function)[0]


def holder_of(name: str) -> str:
    """Return which holder of attributes a dotted external name is, "" for none; programs have one application."""
    if name in HOLDERS:
        return name
    owner, _, last = name.rpartition(".")
    return _state_of(owner.rpartition(".")[2]) if last == STATE else ""


def state_of(function: Function, value: int) -> str:
    """Return which holder a value is by how it is written, `request.app.state`, "" for none."""
    node = function.facts.values[value]
    if node.op != "attr" or node.text != STATE:
        return ""
    return _state_of(_called(function, node.args[0]))


def _called(function: Function, value: int) -> str:
    """Return the last name of what is written, "" for what is not named."""
    node = function.facts.values[value]
    return node.text.rpartition("|")[2] if node.op in ("attr", "name", "free", "import", "param") else ""


def _state_of(owner: str) -> str:
    return "application" if owner in APPLICATIONS else "request" if owner in REQUESTS else ""
