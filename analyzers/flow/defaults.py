"""Whether a switch is on where nobody configures it."""

from collections.abc import Iterable

from analyzers.facts import Value
from analyzers.flow.options import FIELDS, field_default, option_default
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.tables import written_under
from analyzers.roles import Role, role_of

MAX_DEPTH = 8
MAX_CALLERS = 2
MAX_TESTED = 8
# What leaves a text as it is.
AS_TEXT = "builtins.str"
SPLITTERS = frozenset({"split", "rsplit", "partition", "rpartition"})


class DefaultReader:
    """Evaluates switches with every setting left at its default; None for what is not known."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        # What is being evaluated.
        self._asked: set[tuple[str, int]] = set()
        # Many callers may pass what many callers pass: without these answers the ways would multiply.
        self._truths: dict[tuple[str, int, int], bool | None] = {}
        self._called: dict[str, list[tuple[Function, int]]] = {}

    def truth(self, function: Function, value: int, depth: int = 0) -> bool | None:
        """Return a value's truth when it is a constant or a setting with a constant default."""
        if value < 0 or depth > MAX_DEPTH:
            return None
        key = (function.id, value, depth)
        if key not in self._truths:
            self._truths[key] = self._truth(function, value, depth)
        return self._truths[key]

    def _truth(self, function: Function, value: int, depth: int) -> bool | None:
        node = function.facts.values[value]
        if node.op == "bool":
            return node.text == "True"
        if node.op == "not":
            inner = self.truth(function, node.args[0], depth + 1)
            return None if inner is None else not inner
        if node.op == "compare":
            return self._comparison(function, node)
        if node.op in ("and", "or"):
            return self._joined(function, node, depth)
        if node.op == "call":
            field = self._field(function, node, depth)
            return field if field is not None else self._defined(function, value, depth)
        return self._defined(function, value, depth)

    def _joined(self, function: Function, node: Value, depth: int) -> bool | None:
        """One operand can decide by itself: a false one of an `and`, a true one of an `or`."""
        parts = {self.truth(function, part, depth + 1) for part in node.args}
        deciding = node.op == "or"
        if deciding in parts:
            return deciding
        return None if None in parts else not deciding

    def text(self, function: Function, value: int, depth: int = 0) -> str | None:
        """Return a value's text when it is a constant or a setting with a constant default."""
        known = self.resolver.text(function, value)
        if known is not None or value < 0 or depth > MAX_DEPTH:
            return known
        found = self._environment(function, value, depth)
        if found is None:
            found = option_default(self.resolver, function, value)
        if found is not None:
            return found
        node = function.facts.values[value]
        if node.op in ("or", "default"):
            return self._first(function, node.args, depth)
        if node.op == "select" and _asks_whether(function, *node.args[:2]):
            return self._first(function, node.args[1:], depth)
        if node.op == "call" and self.resolver.external(function, node.args[0]) in FIELDS:
            return self.text(*field_default(self.resolver, function, node), depth + 1)
        if node.op == "call" and len(node.args) == 2 and self.resolver.external(function, node.args[0]) == AS_TEXT:
            return self.text(function, node.args[1], depth + 1)
        looked_up = self._looked_up(function, node)
        if looked_up >= 0:
            self._asked.add((function.id, value))
            given = self.text(function, looked_up, depth + 1)
            self._asked.discard((function.id, value))
            return given
        if node.op in ("item", "index"):
            part = self._part(function, node, depth) or self._returned_part(function, node, depth)
            return part or (self._unanimous(function, value, depth) if node.op == "index" else None)
        return self._unanimous(function, value, depth)

    def _first(self, function: Function, values: Iterable[int], depth: int) -> str | None:
        """Return the first text of several values, the others of which are given where somebody asks for them."""
        return next((text for value in values if (text := self.text(function, value, depth + 1))), None)

    def _unanimous(self, function: Function, value: int, depth: int) -> str | None:
        """Return the text that all definitions of a value agree on, those apart that are made of it again."""
        key = (function.id, value)
        self._asked.add(key)
        texts = {
            self.text(scope, definition, depth + 1)
            for scope, definition in self._the_definition(function, value)
            if (scope.id, definition) not in self._asked
        }
        self._asked.discard(key)
        return texts.pop() if len(texts) == 1 else None

    def _looked_up(self, function: Function, node: Value) -> int:
        """Return the default of an entry of a table from outside, `raw.get("host", DEFAULT)`, -1 for another value."""
        callee = function.facts.values[node.args[0]] if node.op == "call" and len(node.args) == 3 else node
        if callee.op != "attr" or callee.text != "get" or node.op != "call" or any(node.names):
            return -1
        return -1 if self.resolver.functions(function, node.args[0]) else node.args[2]

    def _part(self, function: Function, node: Value, depth: int) -> str | None:
        """Return a part of a setting that is taken apart: `host, port = bind.rsplit(":", 1)`."""
        call = function.facts.values[node.args[0]]
        callee = function.facts.values[call.args[0]] if call.op == "call" else call
        if call.op != "call" or callee.op != "attr" or callee.text not in SPLITTERS or len(call.args) < 2:
            return None
        position = node.text if node.op == "item" else function.facts.values[node.args[1]].text
        whole, separator = self.text(function, callee.args[0], depth + 1), self.resolver.text(function, call.args[1])
        if whole is None or not separator or not position.isdigit():
            return None
        parts = whole.partition(separator) if callee.text == "partition" else whole.rpartition(separator)
        taken = parts if "partition" in callee.text else parts[::2] if whole.count(separator) == 1 else ()
        return taken[int(position)] if int(position) < len(taken) else None

    def _returned_part(self, function: Function, node: Value, depth: int) -> str | None:
        """Return a part of the tuple that a function always answers with: `host, port = resolve_bind(args)`."""
        made = function.facts.values[node.args[0]]
        ways = self.definitions(function, node.args[0]) if made.op == "call" else []
        texts: set[str | None] = set()
        for scope, value in ways if node.op == "item" and node.text.isdigit() else ():
            whole = scope.facts.values[value]
            inside = whole.op == "tuple" and int(node.text) < len(whole.args)
            texts.add(self.text(scope, whole.args[int(node.text)], depth + 1) if inside else None)
        return texts.pop() if len(texts) == 1 else None

    def _comparison(self, function: Function, node: Value) -> bool | None:
        """`os.getenv("X", "false").lower() == "true"`, also of an option, or with `in` and a list."""
        default = self._environment(function, node.args[0])
        if default is None:
            default = option_default(self.resolver, function, node.args[0])
        options = self._options(function, node.args[1])
        if default is None or options is None or node.text not in ("==", "!=", "in", "not-in"):
            return None
        return (default in options) == (node.text in ("==", "in"))

    def _environment(self, function: Function, value: int, depth: int = 0) -> str | None:
        """Return the text an environment variable has when it is not set, as changed by string methods."""
        node = function.facts.values[value]
        methods: list[str] = []
        while node.op == "call" and function.facts.values[node.args[0]].op == "attr" and len(node.args) == 1:
            callee = function.facts.values[node.args[0]]
            methods.append(callee.text)
            value, node = callee.args[0], function.facts.values[callee.args[0]]
        text: str | None = None
        if node.op == "or" and methods and depth < MAX_DEPTH:
            # `(os.getenv("X") or "").strip()`
            texts = [self.text(function, part, depth + 1) for part in node.args]
            text = None if None in texts else next(filter(None, texts), "")
        elif node.op == "call" and self.resolver.external(function, node.args[0]) in ENVIRONMENT_CALLS:
            text = self.text(function, node.args[2], depth + 1) if len(node.args) > 2 else ""
        if text is None:
            return None
        text = text.strip() if "strip" in methods else text
        return text.lower() if "lower" in methods else text.upper() if "upper" in methods else text

    def _options(self, function: Function, value: int) -> list[str] | None:
        node = function.facts.values[value]
        items = node.args if node.op in ("tuple", "list", "set") else (value,)
        texts = [self.resolver.text(function, item) for item in items]
        return [text for text in texts if text is not None] if None not in texts else None

    def _field(self, function: Function, node: Value, depth: int) -> bool | None:
        """The default of `Field(default=False)`, and what a conversion of one makes of it."""
        name = self.resolver.external(function, node.args[0])
        if name in FIELDS:
            return self.truth(*field_default(self.resolver, function, node), depth + 1)
        if name == "builtins.bool" and len(node.args) == 2:
            return self.truth(function, node.args[1], depth + 1)
        return None

    def _defined(self, function: Function, value: int, depth: int) -> bool | None:
        found: set[bool | None] = set()
        for scope, definition in self.definitions(function, value):
            found.add(self.truth(scope, definition, depth + 1))
            if None in found or len(found) > 1:
                return None
        return found.pop() if found else None

    def _the_definition(self, function: Function, value: int) -> list[tuple[Function, int]]:
        """Return the only definition of a name; of a parameter and an attribute all."""
        found = self.definitions(function, value)
        return found if len(found) == 1 or function.facts.values[value].op in ("param", "attr") else []

    def definitions(self, function: Function, value: int) -> list[tuple[Function, int]]:
        """Return what a name, an import or an attribute is defined as, of a call what it answers with.

        Of a parameter it is what calls pass, or its default. Empty for every other value.
        """
        node = function.facts.values[value]
        found: list[tuple[Function, int]] = []
        if node.op in ("name", "free"):
            scope = _binding_scope(function, node)
            found = _bound(scope, node.text) if scope is not None else []
        elif node.op == "import":
            module, _, name = node.text.partition("|")
            file = self.resolver.program.module(module, function.file)
            found = _bound(file.module, name) if file is not None and name else []
        elif node.op == "attr":
            found = self._members(function, node)
        elif node.op == "param" and value < len(function.facts.parameters) and function.parent is not None:
            default = function.facts.parameters[value].default
            passed = [site for site in self.resolver.arguments(function, value) if _is_product(site[0])]
            return passed or [(function.parent, default)]
        elif node.op == "call":
            found = [
                (callee, event.value)
                for callee, _ in self.resolver.functions(function, node.args[0])
                for event in callee.facts.events
                if event.kind == "return" and callee.facts.kind != "class"
            ]
        elif node.op == "index":
            key = self.resolver.text(function, node.args[1])
            found = list(written_under(self.resolver, function, node.args[0], key)) if key else []
        return list(dict.fromkeys(found))

    def _members(self, function: Function, node: Value) -> list[tuple[Function, int]]:
        found: list[tuple[Function, int]] = []
        for target in self.resolver.resolve(function, node.args[0]):
            if target.kind in ("instance", "class") and target.function is not None:
                found.extend(self._of_field(target.function, node.text))
            elif target.kind == "module" and target.file is not None:
                found.extend(_bound(target.file.module, node.text))
        return found

    def _of_field(self, cls: Function, name: str) -> list[tuple[Function, int]]:
        """Return what an attribute is set to; of a declared field with a default what the class is made with counts."""
        found, given = self.resolver.attribute(cls, name), self.resolver.constructor_arguments(cls, name)
        stated = [place for place in found if place not in given]
        is_default = all(scope.facts.kind == "class" and f": {name}" in scope.facts.names for scope, _ in stated)
        return given if given and is_default else found

    def is_opt_in(self, function: Function, event: int, depth: int = 0) -> bool:
        """Tell whether an event only happens once a setting was changed: here, or wherever the function is called."""
        for step in function.chain(function.facts.events[event].dominator):
            if step.kind in ("true", "false") and self.truth(function, step.value) is (step.kind == "false"):
                return True
        if depth == MAX_CALLERS:
            return False
        sites = self._sites(function.owner or function)
        return bool(sites) and all(self.is_opt_in(caller, call, depth + 1) for caller, call in sites)

    def _sites(self, called: Function) -> list[tuple[Function, int]]:
        """Return the product's calls of a function or class with the positions of their events; they are kept."""
        known = self._called.get(called.id)
        if known is None:
            known = self._called[called.id] = [
                (caller, caller.event_of(call))
                for caller, call in self.resolver.program.call_sites(called.facts.name)
                if _is_product(caller)
                and any(to.function is called for to in self.resolver.resolve(caller, caller.value(call).args[0]))
            ]
        return known


def _asks_whether(function: Function, test: int, chosen: int) -> bool:
    """Tell whether a condition asks for the value that is chosen then: `given if given is not None else default`."""
    values = function.facts.values
    same = (values[chosen].op, values[chosen].text, values[chosen].args)
    parts = function.made_of(test, most=MAX_TESTED)
    return any((values[part].op, values[part].text, values[part].args) == same for part in parts)


def _is_product(function: Function) -> bool:
    """Tell whether a caller runs where the product does; what tests pass says nothing of that."""
    return role_of(function.file.path) is not Role.TEST


def _bound(scope: Function, name: str) -> list[tuple[Function, int]]:
    """Return what a name is bound to, without where the ways to that come together."""
    values = scope.facts.values
    return [(scope, value) for value in scope.facts.names.get(name, ()) if values[value].op != "phi"]


def _binding_scope(function: Function, node: Value) -> Function | None:
    """Return the function or module that binds a name which is not the function's own."""
    if node.op == "name":
        return function.file.module
    scope = function.parent
    while scope is not None and (scope.facts.kind == "class" or node.text not in scope.facts.names):
        scope = scope.parent
    return scope
