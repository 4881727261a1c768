"""Texts that are written piece by piece into a buffer: `io.StringIO`, and what is only saved into one."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.shapes import Shape
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

# What is written into memory, and by what.
MEMORY = frozenset({"io.BytesIO()", "io.StringIO()"})
SAVING = frozenset({"save", "savefig", "dump", "to_csv", "to_excel", "to_parquet", "to_json", "write_image", "write"})
READ = ("io.StringIO().getvalue", "io.BytesIO().getvalue")
WRITE = "write"


def saves_in_memory(resolver: Resolver, function: Function, node: Value) -> bool:
    """Tell whether a call only saves something into a buffer: `workbook.save(io.BytesIO())`."""
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or callee.text not in SAVING:
        return False
    given = (argument for argument in node.args[1:] if function.facts.values[argument].op not in ("str", "number"))
    return any(not MEMORY.isdisjoint(resolver.externals(function, argument)) for argument in given)


def buffered(reader: "ShapeReader", function: Function, node: Value, name: str) -> Shape | None:
    """Return the shape of what was written into a buffer until it is read as a whole, None for any other call."""
    callee = function.facts.values[node.args[0]]
    if name not in READ or callee.op != "attr":
        return None
    buffer = callee.args[0]
    shape: Shape = ()
    opened = function.facts.values[buffer]
    if opened.op == "call" and len(opened.args) > 1:
        shape = reader.shape(function, opened.args[1])
    for event in function.facts.events:
        call = function.facts.values[event.value] if event.kind == "call" else node
        method = function.facts.values[call.args[0]]
        if method.op == "attr" and method.text == WRITE and method.args[0] == buffer and len(call.args) > 1:
            shape = (*shape, *reader.shape(function, call.args[1]))
    return shape
