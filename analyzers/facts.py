"""The compact record kept of a file: what each function computes, in what order, and under which conditions.

Facts are local: nothing in them depends on another file, so they are cached by blob. They hold no source text and no
secret. A function is a table of values (each use names the definition it sees, so that a check covers only the value
that is used later) and a list of events in program order. Every event names its dominator: the last event that has
certainly completed, on every path, before it starts. The chain of dominators is all that is known to hold there.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from analyzers.lines import LineIndex

if TYPE_CHECKING:
    Op = str
    Kind = str
else:
    # Of a literal type there is one object for all values, where a text would be made anew for each.
    Op = Literal[
        *("str", "number", "bool", "bytes", "none", "ellipsis", "secret", "param", "name", "free", "import"),
        *("function", "class", "attr", "index", "item", "call", "template", "binary", "and", "or", "default", "not"),
        *("unary", "compare", "select", "list", "tuple", "set", "spread", "map", "comprehension", "element", "phi"),
        *("await", "yield", "enter", "exception", "unknown"),
    ]
    Kind = Literal[
        *("call", "true", "false", "each", "return", "raise", "yield", "store", "global", "flag", "assert", "swallow"),
    ]


class Value(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One definition.

    `op` and its operands (`args` are indices into the same table):

    - `str bytes number bool none ellipsis`: a constant, `text`; a long string is cut
    - `secret`: a string constant that is a credential; `text` is `kind|preview`
    - `param`: parameter `text`; `name`: a name of the module or a builtin; `free`: a name of an enclosing function
    - `import`: `module|name`; `function`, `class`: index `text` into `FileFacts.functions`
    - `attr`: `args[0].text`; `index`: `args[0][args[1]]`; `item`: component `text` of an unpacked `args[0]`
    - `call`: `args[0](args[1:])`, `names[i]` is the keyword of `args[i + 1]` (`""`, `*`, `**`)
    - `template`: parts; `binary`: operator `text`; `and or default`: operands; `not`, `unary`
    - `compare`: operator `text` on two operands; `select`: test, then, otherwise
    - `list tuple set`: items; `spread`; `map`: key, value, key, value ... (key -1 for a spread)
    - `comprehension`: element (and key), then the sources; `element`: an item of the iterated `args[0]`
    - `phi`: one of the operands; `await`, `yield`, `enter` (the target of a `with`), `exception`
    - `unknown`: not understood, over its operands
    """

    op: Op
    text: str = ""
    args: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    start: int = 0
    length: int = 0

    @property
    def end(self) -> int:
        """The offset behind the value's expression. Lengths take less memory: small integers are shared."""
        return self.start + self.length


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that happens, in program order.

    `kind`: `call` (value: the call; text `await` when its result is awaited), `true` and `false` (from here on the
    value is known to be so), `each` (a loop has run to its end; `target` is the last event certain in every round, or
    before the loop, but for rounds that an error cut short if the text is `errors`),
    `return`, `raise`, `yield` (text `from` where the value's items are given), `store` (attribute or item `text` of
    `target` becomes `value`), `global` (module variable `text` becomes `value`), `flag` (variable `text` becomes the
    boolean constant `value`), `assert`, `swallow` (an exception handler is entered
    that may go on; `target` is the first event of its `try`).
    `dominator` is the index of the last event certain to have completed before this one, -1 for none.
    """

    kind: Kind
    value: int
    dominator: int
    text: str = ""
    target: int = -1
    start: int = 0
    length: int = 0

    @property
    def end(self) -> int:
        """The offset behind what happens."""
        return self.start + self.length


class Parameter(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A parameter; `kind` as in the syntax. `annotation` and `default` are values of the enclosing function, or -1."""

    name: str
    kind: str = ""
    annotation: int = -1
    default: int = -1


class FunctionFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A function, method, lambda, class body or the module itself (`kind`), with its values and events.

    `parent` is the index of the enclosing function. `decorators`, `bases` and what it `returns` are values of it.
    `names` maps every name bound here to the values bound to it. `falls` is the dominator at the end of the body, -2
    when the end is not reached. `digest` identifies the body without positions and string constants.
    """

    name: str
    qualname: str
    kind: str
    parent: int
    parameters: tuple[Parameter, ...]
    decorators: tuple[int, ...]
    bases: tuple[tuple[str, int], ...]
    values: tuple[Value, ...]
    events: tuple[Event, ...]
    names: dict[str, tuple[int, ...]]
    is_async: bool
    is_generator: bool
    falls: int
    start: int
    end: int
    head_end: int
    name_start: int
    digest: str
    docstring: str = ""
    joins: dict[int, tuple[int, int]] = {}
    returns: int = -1


# The kinds and names of the parameters of a function that was lowered from a call prepared by `functools.partial`.
LEFT_OVER = (("*", "<args>"), ("**", "<kwargs>"))


class Ignore(msgspec.Struct, frozen=True, array_like=True):
    """A `skillaudit: ignore[ids] reason` comment; it holds for its own line, or for the next when alone on its line."""

    line: int
    rules: tuple[str, ...]
    reason: str


class Note(msgspec.Struct, frozen=True, array_like=True):
    """A line and what is to be said about it."""

    line: int
    text: str


class FileFacts(msgspec.Struct, frozen=True, dict=True):
    """Everything kept of one file's contents, whatever its path.

    `body` holds the functions packed: of most files, tests above all, nobody asks for them. `imports` are the texts of
    its `import` values, and `has_secrets` tells whether a `secret` is among the values. `defects` keep the file from
    counting as read; `warnings` are shown with it. `servers` names the MCP frameworks that a file mentions and that are
    not read, as all of a language without reader. `pins` are dependency requirements of a manifest or lock file, name
    to version text; `pin_lines` says where the MCP frameworks stand.
    """

    language: str
    lines: LineIndex
    body: bytes = b""
    imports: tuple[str, ...] = ()
    has_secrets: bool = False
    ignores: tuple[Ignore, ...] = ()
    defects: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
    servers: tuple[str, ...] = ()
    pins: dict[str, str] = {}
    pin_lines: dict[str, int] = {}
    scripts: tuple[str, ...] = ()
    secrets: tuple[tuple[int, int, str], ...] = ()

    @cached_property
    def functions(self) -> tuple[FunctionFacts, ...]:
        """The functions of the file, first the module; unpacked once."""
        return _FUNCTIONS.decode(self.body) if self.body else ()


_FUNCTIONS: msgspec.msgpack.Decoder[tuple[FunctionFacts, ...]] = msgspec.msgpack.Decoder(tuple[FunctionFacts, ...])


def packed(functions: Sequence[FunctionFacts]) -> bytes:
    """Return functions as the `body` of their file."""
    return msgspec.msgpack.encode(functions) if functions else b""
