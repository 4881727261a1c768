"""Patches that answer with the type of an internal error, and keep its text in the log."""

from collections.abc import Iterator, Mapping

from analyzers.authority.rows import Row
from analyzers.evidence.own_error_types import lets_own_out
from analyzers.evidence.worded import Worded
from analyzers.facts import Event
from analyzers.finding import Edit, Safety
from analyzers.fixes.rewrite import add_import, insert_before, set_argument, with_error_types
from analyzers.flow.secrets import ERRORS
from analyzers.frameworks.disclosure import FRAMEWORK_LOGGERS, LOGGER_NAMES, LOGGER_OBJECTS
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function
from analyzers.rule import Analysis, Proposal

MASKING = "mask_error_details"
MAX_PARTS = 60
# What parameters are called that errors are passed in, and how the methods of loggers are that write them.
ERROR_NAMES = frozenset({"e", "ex", "err", "exc", "error", "exception"})
WRITES = frozenset({"critical", "error", "exception", "warning"})


def with_masking(row: Row, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the server that keeps the texts of errors to itself, where its framework can.

    Where its tools tell callers something by errors of their own types somebody has to make those a `ToolError` first.
    """
    server = row.entry.server
    text = texts.get(server.site.function.file.path)
    if text is None or server.framework is not Framework.FASTMCP or server.generated or server.site.node.op != "call":
        return None
    edit = set_argument(text, server.site.function, server.site.value, MASKING, "True")
    if edit is None:
        return None
    if lets_own_out(analysis, server):
        title = "Mask the details of errors (make those that callers should know a `ToolError`)"
        return Proposal(title, Safety.REVIEW, (edit,))
    return Proposal("Mask the details of errors", Safety.SAFE, (edit,))


def in_own_words(told: Worded, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the answer with the type of its error, logged before where nothing logs it yet."""
    for function, value in (*_composed(told.function, told.event), *_caught(told, analysis)):
        text = texts.get(function.file.path)
        edit = with_error_types(text, function, value, _errors(function)) if text is not None else None
        if text is not None and edit is not None:
            title = "Log the error and answer with its type (decide what callers should know)"
            return Proposal(title, Safety.REVIEW, (*_logged(function, value, analysis, text), edit))
    return None


def _composed(function: Function, event: Event) -> Iterator[tuple[Function, int]]:
    """Yield what an answer is made of in its own function."""
    return ((function, value) for value in function.made_of(event.value, most=MAX_PARTS))


def _caught(told: Worded, analysis: Analysis) -> Iterator[tuple[Function, int]]:
    """Yield what is returned or raised where the error is caught, the text of which becomes the answer elsewhere."""
    file = analysis.program.files.get(told.secret.path)
    for function in file.functions if file is not None else ():
        catches = any(
            node.op == "exception" and function.line_of(index) == told.secret.line
            for index, node in enumerate(function.facts.values)
        )
        for event in function.facts.events if catches else ():
            if event.kind in ("return", "raise") and event.value >= 0:
                yield from _composed(function, event)


def _errors(function: Function) -> frozenset[str]:
    """Return the names by which a function knows errors: those of its handlers, and of its parameters."""
    values = function.facts.values
    caught = {
        name for name, bound in function.facts.names.items() if any(values[item].op == "exception" for item in bound)
    }
    given = {parameter.name for parameter in function.facts.parameters if parameter.name in ERROR_NAMES}
    return frozenset(caught | given)


def _logged(function: Function, value: int, analysis: Analysis, text: bytes) -> Iterator[Edit]:
    """Yield what makes a record of the error before an expression, nothing where there is one without that."""
    if any(_writes_error(analysis, function, event.value, value) for event in function.calls()):
        return
    logger = _logger(analysis, function)
    name = function.facts.name
    said = name if any(word in name.lower() for word in ("fail", "error")) else f"{name} failed"
    record = f'{logger or "logging.getLogger(__name__)"}.exception("{said}")\n'
    edit = insert_before(text, function, value, record)
    if edit is None:
        return
    yield edit
    added = add_import(text, function.file.path, "import logging") if not logger else None
    if added is not None:
        yield added


def _writes_error(analysis: Analysis, function: Function, call: int, changed: int) -> bool:
    node = function.facts.values[call]
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or callee.text not in WRITES:
        return False
    if callee.text == "exception":
        return True
    held = analysis.exposure.union(function, node.args[1:])
    kept = changed not in function.made_of(*node.args[1:], most=MAX_PARTS)
    return kept and any(secret.kind in ERRORS for secret in held)


def _logger(analysis: Analysis, function: Function) -> str:
    """Return how a function reaches a logger that its module or its object has, "" where it reaches none."""
    scope: Function | None = function
    hidden: set[str] = set()
    while scope is not None and scope.facts.kind != "module":
        hidden.update(scope.facts.names)
        scope = scope.parent
    module = function.file.module
    for name, bound in module.facts.names.items():
        if bound and name not in hidden and _is_logger(analysis, module, bound[-1], name):
            return name
    return _own_logger(analysis, function)


def _own_logger(analysis: Analysis, function: Function) -> str:
    """Return the logger of a method's object, "" where it has none."""
    owner, given = function.owner, function.facts.parameters
    for name in LOGGER_NAMES if owner is not None and given and given[0].name == "self" else ():
        kept = analysis.flow.resolver.attribute(owner, name) if owner is not None else []
        if kept and all(_is_logger(analysis, *place, "") for place in kept):
            return f"self.{name}"
    return ""


def _is_logger(analysis: Analysis, function: Function, value: int, name: str) -> bool:
    """Tell whether a value is a logger, by what made it; one that is imported from elsewhere by its name alone."""
    made = analysis.flow.resolver.external(function, value)
    if made.endswith((*FRAMEWORK_LOGGERS, *LOGGER_OBJECTS)):
        return True
    return name in LOGGER_NAMES and function.facts.values[value].op == "import" and made != "logging"
