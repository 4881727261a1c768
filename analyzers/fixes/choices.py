"""Patches that let callers choose among listed commands, statements or plain names, in place of what they say."""

from collections.abc import Mapping

from analyzers.authority.taint import Taint
from analyzers.finding import Edit, Safety
from analyzers.fixes.definitions import Definition, imported, is_free_for
from analyzers.fixes.hosts import refusal
from analyzers.fixes.rewrite import add_below_imports, insert_first_statement
from analyzers.flow.operands import CODE, PROGRAM, QUERY, SHELL
from analyzers.project.program import Function
from analyzers.rule import Proposal

NEEDED = Definition("", ("import re",))
# Parts of a name, as in `shop.orders` or `my-project.shop.orders`: no `--`, which begins a comment.
PLAIN = """if {name} and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*", {name}):
    raise {error}("bad {name}")"""
# What has a name in a database.
NAMED = frozenset(
    {"catalog", "collection", "column", "database", "db", "field", "index", "keyspace", "schema", "table", "view"}
)
NAMES = {SHELL: "commands", PROGRAM: "commands", CODE: "programs", QUERY: "statements"}


def listed_choice(taint: Taint, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the check at the start of a tool that refuses what is not listed; what is listed its author decides.

    The list begins empty, so that nothing runs before that. None where the handler takes no text for it.
    """
    handler = taint.row.entry.handler
    text = texts.get(handler.file.path) if handler is not None else None
    names = taint.parameters
    if handler is None or text is None or taint.row.entry.branch is not None or len(names) != 1:
        return None
    (parameter,) = names
    what = NAMES[taint.operand.role]
    known = handler.file.module.facts.names
    allowed = f"ALLOWED_{what.upper()}"
    check = f'if {parameter} not in {allowed}:\n    raise {refusal(known)}("not allowed")'
    edit = insert_first_statement(text, handler, check) if _takes_text(handler, parameter) else None
    if edit is None or allowed in known:
        return None
    source = f"# Decide: the {what} that callers may run.\n{allowed}: frozenset[str] = frozenset()"
    below = add_below_imports(text, handler.file.path, f"{source}\n")
    title = f"Run listed {what} only (decide which; or any, in a sandbox and with an account that may only read)"
    if below is None:
        return None
    return Proposal(title, Safety.REVIEW, (Edit(below.path, below.start, below.end, f"\n{below.text}"), edit))


def plain_names(taint: Taint, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the check at the start of a tool that refuses what is no plain name of a table or a column.

    Names cannot be bound as parameters. None where an argument is more than a name.
    """
    handler = taint.row.entry.handler
    text = texts.get(handler.file.path) if handler is not None else None
    names = taint.parameters
    if handler is None or text is None or taint.row.entry.branch is not None or not names:
        return None
    if any(_is_list(handler, name) or not _is_name(name) or not _takes_text(handler, name) for name in names):
        return None
    if not is_free_for(handler, NEEDED):
        return None
    error = refusal(handler.file.module.facts.names)
    checks = "\n".join(PLAIN.format(name=name, error=error) for name in names)
    edit = insert_first_statement(text, handler, checks)
    title = "Let only plain names into the query (decide which; better those of a list)"
    return Proposal(title, Safety.REVIEW, (*imported(handler.file.path, NEEDED.imports, text), edit)) if edit else None


def _is_list(handler: Function, name: str) -> bool:
    """Tell whether a text holds several names: it is taken apart."""
    values = handler.facts.values
    parts = (node for node in values if node.op == "attr" and node.text in ("split", "rsplit", "partition"))
    return any(
        values[value].op == "param" and values[value].text == name
        for node in parts
        for value in handler.made_of(node.args[0])
    )


def _is_name(parameter: str) -> bool:
    """Tell whether a parameter is called after what has a name in a database."""
    return not {word.removesuffix("s") for word in parameter.lower().split("_")}.isdisjoint(NAMED)


def _takes_text(handler: Function, name: str) -> bool:
    """Tell whether a parameter is a text, or not annotated."""
    given = next(parameter for parameter in handler.facts.parameters if parameter.name == name)
    return given.annotation < 0 or (handler.parent is not None and _is_text(handler.parent, given.annotation))


def _is_text(scope: Function, annotation: int) -> bool:
    values = scope.facts.values
    node = values[annotation]
    if node.op == "binary" and node.text == "|":
        return all(_is_text(scope, part) or values[part].op == "none" for part in node.args)
    if node.op == "index":
        inner = values[node.args[1]]
        outer = values[node.args[0]].text.rpartition("|")[2].rpartition(".")[2]
        first = inner.args[0] if inner.op == "tuple" and inner.args else node.args[1]
        return outer in ("Optional", "Annotated") and _is_text(scope, first)
    return node.text.rpartition("|")[2] == "str"
