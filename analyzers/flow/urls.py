"""The shape of a URL: constant parts and labelled ones."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping

from analyzers.cycles import Cycles
from analyzers.facts import Event, Value
from analyzers.flow import cleaning, label_keys
from analyzers.flow.arriving import on_each_way
from analyzers.flow.authorities import host_labels
from analyzers.flow.beginnings import beginning
from analyzers.flow.bindings import Bindings
from analyzers.flow.buffers import buffered
from analyzers.flow.built_statements import built
from analyzers.flow.conditions import GuardReader
from analyzers.flow.defaults import DefaultReader
from analyzers.flow.enclosed import making
from analyzers.flow.guards import Guards
from analyzers.flow.kept_shapes import kept_shapes
from analyzers.flow.labels import CHECKED, ENTRY, FIELD, MARK, Labels, is_chosen, is_own
from analyzers.flow.lists import ListReader
from analyzers.flow.own_fields import made_fields, made_here, own_shapes
from analyzers.flow.path_shapes import folder, path_call
from analyzers.flow.placeholders import filled, filling_of, started
from analyzers.flow.rest import MAX_WORDS, REST, left_ones, rest_given
from analyzers.flow.row_shapes import RowShapes
from analyzers.flow.runners import run_by
from analyzers.flow.shapes import SEPARATOR, WORD_END, Piece, Shape, is_open, varied
from analyzers.flow.texts import cleared, is_rooted
from analyzers.flow.unpacked import shapes_at, starred
from analyzers.frameworks import queries
from analyzers.frameworks.commands import OWN_INTERPRETER, PYTHON, QUOTERS
from analyzers.frameworks.queries import BINDING
from analyzers.frameworks.queries import WRAPPERS as QUERIES
from analyzers.project.program import Function
from analyzers.project.spreads import spread_values
from analyzers.project.targets import Site, argument_of
from analyzers.project.unpacking import component

STRIPPING = ("strip", "lstrip", "rstrip")
# Stands for the shape of a value that is asked for within itself, or too deep.
CUT: Shape = (Piece(),)
MAX_PIECES = 40
MAX_DEPTH = 24
MAX_RETURNS = 24
STRING_METHODS = ("strip", "rstrip", "lstrip", "lower", "removesuffix", "encode", "decode", "replace", "human_repr")
WRAPPERS = (
    *("builtins.str", "httpx.URL", "yarl.URL", "pydantic.HttpUrl", "pydantic.AnyUrl", "pydantic.AnyHttpUrl"),
    *("builtins.repr", "urllib.parse.unquote", "urllib.parse.urlunparse", "urllib.parse.urlunsplit"),
    "urllib.request.Request",
)


class ShapeReader:
    """Reads the shapes of string values."""

    def __init__(self, guards: GuardReader) -> None:
        self.guards = guards
        self.labeler = guards.labeler
        self.resolver = guards.resolver
        self.lists = ListReader(guards.resolver)
        self.rows = RowShapes(self, _openness)
        self.definitions = DefaultReader(guards.resolver).definitions
        self._known: defaultdict[str, dict[int, Shape]] = defaultdict(dict)
        self._cycles = Cycles(CUT, MAX_DEPTH)

    def shape(self, function: Function, value: int) -> Shape:
        """Return the pieces of a value, in order."""
        if value < 0:
            return ()
        known = self._known[function.id]
        if value in known:
            return known[value]
        key = (function.id, value)
        pending = self._cycles.pending(key)
        if pending is not None:
            return pending if pending is not CUT else (Piece(labels=self.labeler.labels(function, value)),)
        early = self.labeler.summaries.underway.early
        node = function.facts.values[value]
        pieces, is_final = self._cycles.solve(key, lambda: self._pieces(Site(function, value, node))[:MAX_PIECES])
        if is_final and self.labeler.summaries.is_kept(function, early):
            known[value] = pieces
        return pieces

    def trim(self) -> None:
        """Drop all shapes, which can be found again."""
        self._known.clear()

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        self._known.pop(function.id, None)

    def _pieces(self, site: Site) -> Shape:
        if site.node.op in ("str", "number"):
            return (Piece(site.node.text),)
        rule = _SHAPES.get(site.node.op, _unknown)
        return rule(self, site)

    def substitute(self, shape: Shape, caller: Function, call: Value, callee: Function, receiver: bool) -> Shape:
        """Restate a callee's shape in terms of its caller: a parameter becomes the shape of its argument."""
        arguments = self.arguments(caller, call, callee, receiver)
        bindings = self.labeler.bind(caller, call, callee, receiver)
        return self.rebind(shape, arguments, bindings)

    def rebind(self, shape: Shape, arguments: Mapping[str, Shape], bindings: Bindings) -> Shape:
        """Replace pieces that are exactly one parameter by a shape, labels of parameters by labels."""
        result: list[Piece] = []
        for piece in shape:
            labels = piece.labels if len(piece.labels) < 2 else made_here(left_ones(piece.labels, arguments), arguments)
            label = next(iter(labels)) if len(labels) == 1 else ""
            known = MARK in label and label[0] in "pnobgqjw"
            rest = arguments.get(f"*{label[2:]}") if known and WORD_END in shape else None
            replacement = rest or (arguments.get(label[2:]) if known else None)
            if replacement is not None:
                result.extend(replacement if label[0] == "p" else varied(replacement, label[0]))
            elif piece.labels:
                result.append(Piece(labels=self.labeler.substitute(labels, bindings)))
            else:
                result.append(piece)
        return tuple(result[:MAX_PIECES])

    def arguments(self, caller: Function, call: Value, callee: Function, receiver: bool) -> dict[str, Shape]:
        """Return the shapes of a call's arguments by the callee's parameter, and of those that its maker was given."""
        found = self._passed(caller, call, callee, receiver)
        made = making(self.resolver, caller, call, callee)
        if made is not None and (made.call.function is caller or made.call.function.facts.kind == "module"):
            found |= self.arguments(made.call.function, made.call.node, made.maker, made.receiver)
        return found

    def _passed(self, caller: Function, call: Value, callee: Function, receiver: bool) -> dict[str, Shape]:
        found = dict(rest_given(self, caller, call, callee, receiver))
        if receiver:
            found.update(own_shapes(self, caller, call, callee))
        spread = spread_values(self.resolver, caller, call) if "**" in call.names else {}
        for index, parameter in enumerate(callee.facts.parameters):
            if (receiver and index == 0) or parameter.kind in REST:
                continue
            argument = argument_of(call, parameter.name, index - (1 if receiver else 0))
            if argument >= 0:
                found[f"{callee.id}{MARK}{index}"] = self.shape(caller, argument)
                found.update(self.fields(caller, argument, f"{callee.id}{MARK}{index}"))
                found.update(self.rows.given(caller, argument, callee, index))
            elif "*" in call.names and not parameter.kind:
                star = starred(call, index - (1 if receiver else 0))
                items = shapes_at(self, caller, *star) if star is not None else []
                if items:
                    found[f"{callee.id}{MARK}{index}"] = max(items, key=_openness)
            elif parameter.name in spread:
                shapes = [self.shape(caller, value) for value in spread[parameter.name]]
                found[f"{callee.id}{MARK}{index}"] = max(shapes, key=_openness)
            elif parameter.default >= 0 and callee.parent is not None and not {"*", "**"} & set(call.names):
                default = callee.parent.facts.values[parameter.default]
                if default.op == "str":
                    found[f"{callee.id}{MARK}{index}"] = (Piece(default.text),)
        return found

    def fields(self, caller: Function, argument: int, parameter: str) -> Iterator[tuple[str, Shape]]:
        """Yield the shapes of the fields of a record that is made for a call, `send(Request(url=...))`."""
        node = caller.facts.values[argument]
        made = node.op == "call"
        for target in self.resolver.resolve(caller, node.args[0]) if made else ():
            cls = target.function if target.kind == "class" else None
            if cls is not None and self.resolver.method(cls, "__init__") is None:
                for name, value in zip(node.names, node.args[1:], strict=True):
                    if name and "*" not in name:
                        yield f"{parameter}{ENTRY}{FIELD}{name}", self.shape(caller, value)
            for name, shape in made_fields(self, caller, node, cls):
                yield f"{parameter}{ENTRY}{FIELD}{name}", shape

    def returned(self, caller: Function, call: Value, callee: Function, receiver: bool) -> Shape | None:
        """Return the shape of what a call gives, of several the one that says most about the host; None if unknown."""
        returns = [event for event in callee.facts.events if event.kind == "return" and event.value >= 0]
        given = [
            self.checked(callee, event, self.shape(callee, event.value))
            for event in returns[:MAX_RETURNS]
            if callee.facts.values[event.value].op != "none"
        ]
        shapes = [self.substitute(shape, caller, call, callee, receiver) for shape in given]
        return max(shapes, key=_openness) if shapes and len(returns) <= MAX_RETURNS else None

    def ways(self, function: Function, value: int) -> list[Shape]:
        """Return the shapes of the operands of a choice, each as what was found of it on its way, nothing left out."""
        node = function.facts.values[value]
        operands = node.args[1:] if node.op == "select" else node.args
        shapes = [self.shape(function, operand) for operand in operands]
        if node.op not in ("phi", "select") or not any(map(is_open, itertools.chain.from_iterable(shapes))):
            return shapes
        found = on_each_way(self.guards, function, value)
        return [_judged(shape, guards) for shape, guards in zip(shapes, found, strict=True)]

    def checked(self, callee: Function, event: Event, shape: Shape) -> Shape:
        """Return the shape of what a `return` gives, or a part of it, checked parts as what they were found to be."""
        checked = self.labeler.summaries.checked
        return tuple(
            piece._replace(labels=checked(callee, event, piece.labels)) if piece.labels else piece for piece in shape
        )


def _judged(shape: Shape, guards: Guards) -> Shape:
    """Return a shape with its checked parts as what they were found to be."""
    if not guards:
        return shape
    return tuple(
        piece._replace(labels=cleared(piece.labels, guards)) if piece.labels else piece
        for piece in rooted(shape, guards)
    )


def rooted(shape: Shape, guards: Guards) -> Shape:
    """Return a shape with the `/` with which a part of it is known to begin."""
    if not any(is_rooted(piece.labels, guards) for piece in shape):
        return shape
    return tuple(
        part for piece in shape for part in ((Piece("/"), piece) if is_rooted(piece.labels, guards) else (piece,))
    )


def _unknown(reader: ShapeReader, site: Site) -> Shape:
    kept = beginning(reader, site)
    return kept if kept is not None else (Piece(labels=reader.labeler.labels(site.function, site.value)),)


def _template(reader: ShapeReader, site: Site) -> Shape:
    function, _, node = site
    return tuple(piece for part in node.args for piece in reader.shape(function, part))


def _binary(reader: ShapeReader, site: Site) -> Shape:
    function, _, node = site
    if node.text == "+":
        return reader.shape(function, node.args[0]) + reader.shape(function, node.args[1])
    if node.text == "/" and len(node.args) == 2:
        return (*reader.shape(function, node.args[0]), SEPARATOR, *reader.shape(function, node.args[1]))
    if node.text == "%":
        return _formatted(reader, function, node.args[0], "%", reader.labeler.labels(function, node.args[1]))
    return _unknown(reader, site)


def _formatted(reader: ShapeReader, function: Function, template: int, mark: str, labels: Labels) -> Shape:
    text = reader.resolver.text(function, template)
    if text is None:
        return (*reader.shape(function, template), Piece(labels=labels))
    head, found, tail = text.partition(mark)
    return (Piece(head), Piece(labels=labels), Piece(tail)) if found else (Piece(text),)


def _transparent(reader: ShapeReader, site: Site) -> Shape:
    return reader.shape(site.function, site.node.args[0])


def _choice(reader: ShapeReader, site: Site) -> Shape:
    """Of several possible values the one that says most about the host: any that is not constant."""
    function, value, node = site
    operands = node.args[1:] if node.op == "select" else node.args
    shapes = [
        shape
        for operand, shape in zip(operands, reader.ways(function, value), strict=True)
        if function.facts.values[operand].op != "none"
    ]
    return _loosest(started(function, value, shapes))


def _loosest(shapes: list[Shape]) -> Shape:
    loose = [shape for shape in shapes if any(piece.labels for piece in shape)]
    chosen = loose or shapes
    return max(chosen, key=_openness) if chosen else ()


def _openness(shape: Shape) -> tuple[int, int]:
    """Return how much of an address a shape leaves to a caller, then how much of it is as they wrote it."""
    written = len({label for piece in shape for label in piece.labels if MARK in label and label[0] not in CHECKED})
    if len(shape) == 1 and is_open(shape[0]):
        return 3, written
    position = host_labels(shape)
    return 2 if any(MARK in label for label in position) else 1 if position else 0, written


def _item(reader: ShapeReader, site: Site) -> Shape:
    """A component of an unpacked value, where only one way to make it is seen."""
    function, _, node = site
    parts = component(reader.resolver, function, node) or []
    return reader.rows.of(function, parts) if parts else _unknown(reader, site)


def _named(reader: ShapeReader, site: Site) -> Shape:
    function, value, node = site
    if node.op == "free" and any(MARK in label for label in reader.labeler.labels(function, value)):
        # What one caller passes to the function around it is not all that it may be.
        return _enclosing(reader, function, node.text) or _unknown(reader, site)
    text = reader.resolver.text(function, value)
    if text is not None:
        return (Piece(text),)
    for target in _definitions(reader, function, node):
        return reader.shape(*target)
    return _unknown(reader, site)


def _enclosing(reader: ShapeReader, function: Function, name: str) -> Shape:
    """Return the shape of a name of an enclosing function, which is told in terms of that one's parameters."""
    scope = function.parent
    while scope is not None and (scope.facts.kind == "class" or name not in scope.facts.names):
        scope = scope.parent
    bound = scope.facts.names[name] if scope is not None else ()
    return _loosest([reader.shape(scope, value) for value in bound]) if scope and len(bound) <= MAX_RETURNS else ()


def _definitions(reader: ShapeReader, function: Function, node: Value) -> list[tuple[Function, int]]:
    """Return the one definition of a name, of this module or of that it is imported from, when there is only one."""
    if node.op not in ("name", "import"):
        return []
    place, _, name = node.text.rpartition("|")
    file = reader.resolver.program.module(place, function.file) if place else function.file
    values = file.module.facts.names.get(name, ()) if file is not None else ()
    return [(file.module, values[0])] if file is not None and len(values) == 1 and function is not file.module else []


def _attribute(reader: ShapeReader, site: Site) -> Shape:
    function, value, node = site
    if _is_given(reader, site) or any(map(is_own, reader.labeler.labels(function, value))):
        return _unknown(reader, site)
    text = reader.resolver.text(function, value)
    if text is not None:
        return (Piece(text),)
    kept = kept_shapes(reader, function, node)
    if kept:
        return _loosest(kept)
    return folder(reader, function, node) or _unknown(reader, site)


def _is_given(reader: ShapeReader, site: Site) -> bool:
    """Tell whether a declared field is one that a caller fills, for which the value in its class is but the default."""
    function, value, node = site
    return any(map(is_chosen, reader.labeler.labels(function, value))) and any(
        f": {node.text}" in owner.facts.names
        for target in reader.resolver.resolve(function, node.args[0])
        if target.kind == "instance" and target.function is not None
        for owner in reader.resolver.linearize(target.function)[0]
    )


def _call(reader: ShapeReader, site: Site) -> Shape:
    function, value, node = site
    callee = function.facts.values[node.args[0]]
    name = _called(reader, function, node.args[0])
    written = _of_text(reader, function, node, callee)
    if written is not None:
        return written
    if callee.op == "attr" and callee.text == "join" and len(node.args) == 2 and name not in QUOTERS:
        return _joined(reader, function, callee.args[0], node.args[1])
    if name in ("urllib.parse.urljoin", "httpx.URL().join") and len(node.args) > 2:
        return _url_joined(reader, function, node)
    if (name in WRAPPERS or name in QUERIES or name.endswith(BINDING)) and len(node.args) > 1:
        return reader.shape(function, node.args[1])
    known = built(reader, site, name) or (_made(reader, function, node, name) if name else None)
    if known is not None:
        return known
    if reader.resolver.is_named("sanitizers", function, node.args[0]):
        return (Piece(),)
    run = run_by(reader.resolver, function, node)
    if run is not None:
        return _call(reader, Site(function, value, run))
    callees = reader.resolver.functions(function, node.args[0])
    if len(callees) == 1:
        shape = reader.returned(function, node, callees[0][0], callees[0][1] is not None)
        if shape is not None:
            return shape
    default = _environment_default(reader, function, node, name)
    return default if default is not None else _unknown(reader, site)


def _made(reader: ShapeReader, function: Function, node: Value, name: str) -> Shape | None:
    """A text that was written into a buffer, or a path."""
    written = buffered(reader, function, node, name)
    return written if written is not None else path_call(reader, function, node, name)


def _of_text(reader: ShapeReader, function: Function, node: Value, callee: Value) -> Shape | None:
    """A method of a text that leaves it much as it was, or fills its places."""
    if callee.op == "attr" and callee.text in STRING_METHODS:
        made = cleaning.of_method(reader.labeler, function, node, callee.text)
        if made is not None:
            return (Piece(labels=made),)
        shape = reader.shape(function, callee.args[0])
        return filled(reader, function, node, shape) if callee.text == "replace" else shape
    filling = filling_of(reader, function, node, callee)
    if filling is None:
        return None
    return _formatted(reader, function, *filling, reader.labeler.union(function, node.args[1:]))


def _called(reader: ShapeReader, function: Function, callee: int) -> str:
    """Return the one name that is called, of the ways to build a statement of one kind any."""
    targets = reader.resolver.resolve(function, callee)
    called = {queries.expressed(target.name) or target.name for target in targets if target.kind == "external"}
    return targets[0].name if len(called) == 1 and all(target.kind == "external" for target in targets) else ""


def _environment_default(reader: ShapeReader, function: Function, node: Value, name: str) -> Shape | None:
    """An environment variable is the operator's: its default shows the host that is meant."""
    if name in ("os.getenv", "os.environ.get") and len(node.args) > 2:
        text = reader.resolver.text(function, node.args[2])
        return (Piece(text),) if text else None
    return None


def _joined(reader: ShapeReader, function: Function, separator: int, items: int) -> Shape:
    listed = reader.lists.items(function, items)
    between = reader.resolver.text(function, separator) or ""
    if listed is None:
        listed = _stripped(reader, function, items)
    if listed is None:
        return _repeated(reader, function, items, between)
    pieces: list[Piece] = []
    for position, (scope, item) in enumerate(listed):
        if position and between:
            pieces.append(Piece(between))
        pieces.extend(reader.shape(scope, item))
    return tuple(pieces)


def _stripped(reader: ShapeReader, function: Function, items: int) -> list[tuple[Function, int]] | None:
    """Return the items of `[part.strip("/") for part in (base, path)]`, None where more is made of each."""
    values = function.facts.values
    node = values[items]
    if node.op != "comprehension" or len(node.args) != 2:
        return None
    made = values[node.args[0]]
    while made.op == "call":
        callee = values[made.args[0]]
        if callee.op == "attr" and callee.text in STRIPPING:
            made = values[callee.args[0]]
        elif reader.resolver.external(function, made.args[0]) == "builtins.str" and len(made.args) == 2:
            made = values[made.args[1]]
        else:
            return None
    same = made.op == "element" and made.args == node.args[1:]
    return reader.lists.items(function, node.args[1]) if same else None


def _repeated(reader: ShapeReader, function: Function, items: int, between: str) -> Shape:
    """A comprehension joined: its element stands for them all."""
    node = function.facts.values[items]
    made = cleaning.filtered(reader.labeler, function, items) if node.op == "comprehension" else None
    if node.op != "comprehension" or node.text == "dict" or made is not None:
        if made is None:
            made = label_keys.keys(reader.labeler, function, items)
        return (Piece(labels=reader.labeler.labels(function, items) if made is None else made),)
    shape = reader.shape(function, node.args[0])
    return (*shape, Piece(between)) if between and any(piece.text for piece in shape) else shape


def _url_joined(reader: ShapeReader, function: Function, node: Value) -> Shape:
    """`urljoin(base, reference)`: an absolute reference replaces the host, unless it begins with a constant path.

    `/` before what a caller wrote is no path yet: `//evil.example` names a host.
    """
    reference = reader.shape(function, node.args[2])
    first = reference[0] if reference else Piece()
    if first.text == "/" and len(reference) > 1 and is_open(reference[1]):
        return reference[1:]
    if first.text and not first.text.startswith("//"):
        return (*reader.shape(function, node.args[1]), Piece("/"), *reference)
    return reference


def _words(reader: ShapeReader, site: Site) -> Shape:
    """The words of a command, as a line of them."""
    function, value, _ = site
    items = reader.lists.items(function, value) or []
    pieces: list[Piece] = []
    for item in items[:MAX_WORDS]:
        own = reader.resolver.external(*item) == OWN_INTERPRETER
        pieces.extend((*((Piece(PYTHON),) if own else reader.shape(*item)), WORD_END))
    return tuple(pieces) or _unknown(reader, site)


_SHAPES = {
    "template": _template,
    "list": _words,
    "tuple": _words,
    "binary": _binary,
    "await": _transparent,
    "enter": _transparent,
    "phi": _choice,
    "select": _choice,
    "or": _choice,
    "default": _choice,
    "item": _item,
    "name": _named,
    "import": _named,
    "free": _named,
    "attr": _attribute,
    "call": _call,
}
