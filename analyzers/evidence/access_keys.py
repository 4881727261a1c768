"""Keys that callers have to show, and whose value is a constant of the code where nobody sets another."""

from collections.abc import Iterator

from analyzers.evidence.known_constants import Constant, constants
from analyzers.flow.labels import AUTHORIZATION, BEARER, HEADERS, is_chosen
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function
from analyzers.project.targets import argument_of, parameter_of
from analyzers.rule import Analysis
from analyzers.secret_names import is_secret_name

COMPARISONS = ("hmac.compare_digest", "secrets.compare_digest")
EQUAL = ("==", "!=")
NAMED = ("name", "attr", "import", "free", "param")
SHOWN = (BEARER, AUTHORIZATION, HEADERS)
# Parts of what code names that reads a header itself.
READ_OF = ("eaders", "uthorization", "earer")


def access_keys(analysis: Analysis) -> Iterator[tuple[Function, int, Constant]]:
    """Yield the function and the comparison with what a caller shows, and the constant that the key is."""
    for user, call, name in analysis.calls("compare_digest"):
        if name in COMPARISONS:
            yield from _compared(analysis, user, call, user.facts.values[call].args[1:])
    kept = _kept(analysis)
    for file in analysis.program.sources:
        if file.path in analysis.product and file.may_name((*kept, *READ_OF)):
            for user in file.functions:
                for index, node in enumerate(user.facts.values):
                    if node.op == "compare" and node.text in EQUAL:
                        yield from _equal(analysis, user, index, kept)


def _kept(analysis: Analysis) -> set[str]:
    """Return the names under which variables of the environment are kept that have a constant in their stead."""
    found: set[str] = set()
    for function, call, name in analysis.calls("getenv", "get"):
        node = function.facts.values[call]
        default = argument_of(node, "default", 1) if name in ENVIRONMENT_CALLS else -1
        asked = analysis.flow.resolver.text(function, node.args[1]) if len(node.args) > 1 else None
        if default >= 0 and asked and is_secret_name(asked) and analysis.flow.resolver.text(function, default):
            found.update(
                bound for bound, values in function.facts.names.items() if call in values and bound.isidentifier()
            )
    return found


def _equal(analysis: Analysis, user: Function, place: int, kept: set[str]) -> Iterator[tuple[Function, int, Constant]]:
    """Yield what a comparison compares: a side that is kept under a name, or named as a secret beside what is sent."""
    sides = user.facts.values[place].args
    names = [_name(user, side) for side in sides]
    if not kept.isdisjoint(names):
        yield from _compared(analysis, user, place, sides)
        return
    for key, shown, name in zip(sides, sides[::-1], names, strict=True):
        if is_secret_name(name) and _is_sent(analysis, user, shown) and not _is_sent(analysis, user, key):
            yield from ((user, place, constant) for constant in constants(analysis, user, key))


def _name(function: Function, value: int) -> str:
    node = function.facts.values[value]
    return node.text.rpartition("|")[2] if node.op in NAMED else ""


def _compared(
    analysis: Analysis, user: Function, place: int, sides: tuple[int, ...]
) -> Iterator[tuple[Function, int, Constant]]:
    if len(sides) != 2:
        return
    for key, shown in (sides, sides[::-1]):
        is_sent = _is_sent(analysis, user, key)
        if _is_shown(analysis, user, shown) and not is_sent and not _is_made_for(analysis, user, key, shown):
            yield from ((user, place, constant) for constant in constants(analysis, user, key))


def _is_made_for(analysis: Analysis, user: Function, key: int, shown: int) -> bool:
    """Tell whether what is given to a function is compared with what the program makes: then that is what counts.

    `compare_digest(statement, statement_for(order))`, where a caller of the function gives a constant.
    """
    node = user.facts.values[shown]
    made = node.op == "call" and bool(analysis.flow.resolver.functions(user, node.args[0]))
    return made and parameter_of(user, key) is not None and not _is_sent(analysis, user, shown)


def _is_sent(analysis: Analysis, user: Function, value: int) -> bool:
    labels = analysis.flow.labeler.labels(user, value)
    return any(label in SHOWN or label.startswith("header:") for label in labels)


def _is_shown(analysis: Analysis, user: Function, value: int) -> bool:
    """Tell whether a value is what a caller comes with: a header, or what a function that checks it is given."""
    return _is_sent(analysis, user, value) or any(map(is_chosen, analysis.flow.labeler.labels(user, value)))
