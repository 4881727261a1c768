"""Settings of a query that let a database read and change nothing: `client.query(text, settings={"readonly": 1})`."""

from analyzers.facts import Value
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import is_chosen
from analyzers.flow.operands import Operand
from analyzers.project.program import Function
from analyzers.project.tables import written_under
from analyzers.project.targets import argument_of

# https://clickhouse.com/docs/operations/settings/permissions-for-queries#readonly
DRIVERS = ("clickhouse_connect.", "clickhouse_driver.", "asynch.")
SETTINGS, READONLY = "settings", "readonly"
LIMITED = ("1", "2")
CONSTANTS = ("number", "str", "none")
# The role of an operand that tells of such a setting.
READING = "reading"
ALWAYS, SWITCHED = "always", "switched"


def reading_setting(labeler: Labeler, function: Function, node: Value, name: str) -> Operand | None:
    """Return what tells that a query may only read, always or unless the program is told otherwise; None for others."""
    given = argument_of(node, SETTINGS, -1) if name.startswith(DRIVERS) else -1
    found = list(written_under(labeler.resolver, function, given, READONLY)) if given >= 0 else []
    chosen = (label for scope, value in found if scope is function for label in labeler.labels(scope, value))
    if not found or any(map(is_chosen, chosen)):
        return None
    written = [scope.facts.values[value] for scope, value in found]
    constants = [node for node in written if node.op in CONSTANTS]
    limited = [node for node in constants if node.text in LIMITED]
    if len(constants) == len(written) and not limited:
        return None
    # A table without the entry leaves the setting to the server.
    tables = labeler.resolver.resolve(function, given)
    return Operand(READING, (), ALWAYS if len(limited) == len(written) == len(tables) else SWITCHED)


def as_limited(kind: str, limit: Operand | None) -> str:
    """Return what a statement of any kind can do under such a setting, where that is no operator's choice."""
    return "read-private" if kind == "exec" and limit is not None and limit.reader == ALWAYS else kind
