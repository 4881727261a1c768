"""The language-neutral program: what every reader lowers its source to.

A reader turns one file into a `Module`. Nothing here knows a grammar or a framework. Every node carries `start` and
`end`, byte offsets into the text that was read. What a reader does not lower becomes `Unknown` or `UnknownStatement`
with the children that it did lower, so that facts around it are unresolved, never absent.

Nodes live for one file at a time. They are mutable only because that makes them cheap to build; nobody changes them.
"""

import msgspec

from analyzers.lines import LineIndex


class Node(msgspec.Struct, gc=False):
    """A place in the text, as byte offsets, the end exclusive."""

    start: int
    end: int


# Expressions


class Name(Node):
    """A variable, by the name it has in the scope."""

    id: str


class Literal(Node):
    """A constant. `kind` is str, bytes, number, bool, none or ellipsis; `value` its text, unescaped for str."""

    kind: str
    value: str


class Template(Node):
    """A string with values in it (an f-string): `Literal` parts of kind str and expressions, in order."""

    parts: "list[Expression]"


class Attribute(Node):
    """`value.name`; `name_start` is where the attribute's own name begins."""

    value: "Expression"
    name: str
    name_start: int


class Subscript(Node):
    """`value[index]`."""

    value: "Expression"
    index: "Expression"


class Slice(Node):
    """The `a:b:c` of a subscript; absent parts are None."""

    parts: "list[Expression | None]"


class Argument(Node):
    """One argument of a call. `name` is "" for a positional one, `*` and `**` for spreads."""

    name: str
    value: "Expression"


class Call(Node):
    """`function(arguments)`."""

    function: "Expression"
    arguments: list[Argument]


class Sequence(Node):
    """A list, tuple or set display; `kind` says which."""

    kind: str
    items: "list[Expression]"


class Mapping(Node):
    """A dictionary or object display: pairs of key and value, the key None for a spread."""

    entries: "list[tuple[Expression | None, Expression]]"


class Binary(Node):
    """An arithmetic, string or bit operation; `operator` as in the source."""

    operator: str
    left: "Expression"
    right: "Expression"


class Boolean(Node):
    """`and` or `or` (that is the `operator`) over two or more values; `??` is the operator `default`."""

    operator: str
    values: "list[Expression]"


class Unary(Node):
    """`not`, `-`, `+` or `~`."""

    operator: str
    value: "Expression"


class Compare(Node):
    """`left op right op right ...` with operators `== != < <= > >= is is-not in not-in`."""

    left: "Expression"
    operators: list[str]
    rights: "list[Expression]"


class Conditional(Node):
    """`then if test else otherwise`."""

    test: "Expression"
    then: "Expression"
    otherwise: "Expression"


class Lambda(Node):
    """An anonymous function with an expression for its body."""

    parameters: "list[Parameter]"
    body: "Expression"


class Await(Node):
    """`await value`."""

    value: "Expression"


class Yield(Node):
    """`yield value` or, with `delegate`, `yield from value`."""

    value: "Expression | None"
    delegate: bool


class Spread(Node):
    """`*value` in a display or an assignment target."""

    value: "Expression"


class Generator(Node):
    """One `for target in source if conditions` of a comprehension."""

    target: "Expression"
    source: "Expression"
    conditions: "list[Expression]"


class Comprehension(Node):
    """A comprehension; `kind` is list, set, dict or generator, `key` set for a dict only."""

    kind: str
    key: "Expression | None"
    element: "Expression"
    generators: list[Generator]


class NamedExpression(Node):
    """`target := value`."""

    target: Name
    value: "Expression"


class Unknown(Node):
    """An expression that was not lowered, with those below it that were."""

    children: "list[Expression]"


Expression = (
    Name
    | Literal
    | Template
    | Attribute
    | Subscript
    | Slice
    | Call
    | Sequence
    | Mapping
    | Binary
    | Boolean
    | Unary
    | Compare
    | Conditional
    | Lambda
    | Await
    | Yield
    | Spread
    | Comprehension
    | NamedExpression
    | Unknown
)


# Statements


class Parameter(Node):
    """A parameter.

    `kind` is "" for an ordinary one, `*`, `**`, `keyword` (keyword only) or `positional` (positional only).

    A bare `*` or `/` separator is no parameter; it only sets the kind of its neighbours.
    """

    name: str
    kind: str
    annotation: Expression | None
    default: Expression | None


class Decorator(Node):
    """`@value` above a function or class; the span begins at the `@`."""

    value: Expression


class Function(Node):
    """A named function or method.

    The span is that of the `def` statement without its decorators, `head_end` the
    offset just behind the colon that ends its signature, `docstring` its text or "".
    """

    name: str
    name_start: int
    parameters: list[Parameter]
    decorators: list[Decorator]
    returns: Expression | None
    body: "list[Statement]"
    is_async: bool
    head_end: int
    docstring: str


class Class(Node):
    """A class. `bases` holds keyword arguments such as `metaclass=` too."""

    name: str
    name_start: int
    bases: list[Argument]
    decorators: list[Decorator]
    body: "list[Statement]"
    docstring: str


class Import(Node):
    """One imported binding.

    `import a.b as c` is (module "a.b", name "", alias "c"); `import a.b` is (module "a.b", name "", alias ""), which
    binds `a`; `from ..a import b as c` is (module "..a", name "b", alias "c"); `from a import *` has the name "*".
    Each name of one statement is its own node.
    """

    module: str
    name: str
    alias: str


class Assign(Node):
    """`targets = value` (several for `a = b = value`).

    `operator` is "" or the one of an augmented assignment (`+`);
    a bare annotation `x: int` has the value None.
    """

    targets: list[Expression]
    operator: str
    value: Expression | None
    annotation: Expression | None


class ExpressionStatement(Node):
    """An expression evaluated for its effect."""

    value: Expression


class If(Node):
    """`elif` is an `If` alone in `otherwise`."""

    test: Expression
    then: "list[Statement]"
    otherwise: "list[Statement]"


class For(Node):
    """A loop over the items of `source`."""

    target: Expression
    source: Expression
    body: "list[Statement]"
    otherwise: "list[Statement]"
    is_async: bool


class While(Node):
    """A loop on a condition."""

    test: Expression
    body: "list[Statement]"
    otherwise: "list[Statement]"


class WithItem(Node):
    """`value as target`."""

    value: Expression
    target: Expression | None


class With(Node):
    """A block under context managers."""

    items: list[WithItem]
    body: "list[Statement]"
    is_async: bool


class Handler(Node):
    """One `except types as name`; types is None for a bare one."""

    types: Expression | None
    name: str
    body: "list[Statement]"


class Try(Node):
    """`try` with its handlers, `else` and `finally`."""

    body: "list[Statement]"
    handlers: list[Handler]
    otherwise: "list[Statement]"
    final: "list[Statement]"


class Case(Node):
    """One `case`.

    `literals` are the constants (or dotted names) the pattern compares with, one or several for `a | b`;
    `bindings` the names it binds; `catch_all` is true when the pattern matches anything (`_` or a bare name) and
    there is no guard. A pattern with any other structure has no literals.
    """

    literals: list[Expression]
    bindings: list[Name]
    catch_all: bool
    guard: Expression | None
    body: "list[Statement]"


class Match(Node):
    """A `match` or `switch` on a subject."""

    subject: Expression
    cases: list[Case]


class Return(Node):
    """`return value`."""

    value: Expression | None


class Raise(Node):
    """`raise value from cause`; both None for a bare re-raise."""

    value: Expression | None
    cause: Expression | None


class Assert(Node):
    """`assert test, message`."""

    test: Expression
    message: Expression | None


class Delete(Node):
    """`del targets`."""

    targets: list[Expression]


class Scope(Node):
    """`global names` or `nonlocal names`; `kind` says which."""

    kind: str
    names: list[str]


class Jump(Node):
    """`break`, `continue` or `pass`; `kind` says which."""

    kind: str


class UnknownStatement(Node):
    """A statement that was not lowered, with the expressions and statements below it that were."""

    expressions: list[Expression]
    statements: "list[Statement]"


Statement = (
    Function
    | Class
    | Import
    | Assign
    | ExpressionStatement
    | If
    | For
    | While
    | With
    | Try
    | Match
    | Return
    | Raise
    | Assert
    | Delete
    | Scope
    | Jump
    | UnknownStatement
)


class Comment(Node):
    """A comment with its marker (`#`) and the text behind it."""

    text: str


class Defect(msgspec.Struct, frozen=True, gc=False):
    """Something that stands in the way of trusting the reading, as a byte offset and the reason shown to users."""

    start: int
    reason: str


class Module(Node):
    """A whole file. `text` is what was read, as the interpreter would see it, UTF-8; offsets point into it.

    `defects` lists what keeps the file from being read completely (a syntax error); `warnings` what a reviewer should
    be told although the file could be read (a lone carriage return, a bidirectional control character). `lines` tells
    where an offset lies in the original file.
    """

    text: bytes
    body: list[Statement]
    comments: list[Comment]
    docstring: str
    defects: list[Defect]
    warnings: list[Defect]
    lines: LineIndex
