"""Patches that take a credential out of what the model passes: from the environment, or from the request's headers."""

from collections.abc import Mapping

from analyzers.authority.rows import Row
from analyzers.authority.taint import in_words
from analyzers.facts import Parameter
from analyzers.finding import Safety
from analyzers.fixes.callers import is_called
from analyzers.fixes.definitions import Definition, imported, is_free_for
from analyzers.fixes.rewrite import insert_first_statement, without_parameters
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function
from analyzers.project.versions import allowed
from analyzers.rule import Analysis, Draft, Proposal

ENVIRONMENT = Definition("", ("import os",))
TABLE = Definition("", ("import json", "import os"))
HEADERS = Definition("", ("from fastmcp.server.dependencies import get_http_headers",))
BOTH = Definition("", (*ENVIRONMENT.imports, *HEADERS.imports))
# The first version of fastmcp whose tools may read the headers of their request.
READS_HEADERS = (2, 5)
# The last word of the parameters by which a model chooses who a credential is shown to.
DESTINATIONS = frozenset(
    ("url", "uri", "host", "hostname", "endpoint", "server", "address", "domain", "instance", "site", "ip")
)


def without_secret(draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the change of a handler that drops parameters and reads them where the model does not see them.

    Of several handlers it is the one that is shown. None where the transport is not sure, or where something else
    calls the handler.
    """
    names = draft.key.rpartition("|")[2].split(",")
    every = [row for row in analysis.rows if row.key in draft.rows and row.entry.branch is None]
    handler = next((row.entry.handler for row in every if _is_shown(draft, row.entry.handler)), None)
    rows = [row for row in every if row.entry.handler is handler]
    text = texts.get(handler.file.path) if handler is not None else None
    if handler is None or text is None or is_called(analysis, handler):
        return None
    found: list[tuple[str, Definition, str]] = []
    for name in names:
        parameter = next((item for item in handler.facts.parameters if item.name == name), None)
        if parameter is None or (parameter.default >= 0 and _default(parameter, handler, text) is None):
            return None
        source = _source(parameter, rows, analysis, handler, text)
        if source is None or not is_free_for(handler, source[1]):
            return None
        found.append(source)
    dropped = without_parameters(text, handler, names)
    lines = dict.fromkeys(line for statements, _, _ in found for line in statements.splitlines())
    edit = insert_first_statement(text, handler, "\n".join(lines))
    if dropped is None or edit is None:
        return None
    imports = tuple(dict.fromkeys(line for _, needed, _ in found for line in needed.imports))
    read = in_words([f"`{name}`" for name in names])
    title = f"Read {read} from {found[0][2]} (decide {'its name' if len(names) == 1 else 'their names'} there)"
    return Proposal(title, Safety.REVIEW, (*imported(handler.file.path, imports, text), dropped, edit))


def _is_shown(draft: Draft, handler: Function | None) -> bool:
    if handler is None or handler.file.path != draft.location.path:
        return False
    lines = handler.file.facts.lines
    first, last = lines.line(handler.facts.start), lines.line(handler.facts.head_end)
    return first <= draft.location.span.start.line <= last


def _source(
    parameter: Parameter, rows: list[Row], analysis: Analysis, handler: Function, text: bytes
) -> tuple[str, Definition, str] | None:
    """Return the statements that read a credential, what they need, and where that is, in words."""
    transports = {row.transport for row in rows}
    name, default = parameter.name, _default(parameter, handler, text)
    chosen = next((item for item in handler.facts.parameters if item is not parameter and _is_destination(item)), None)
    if transports == {"stdio"}:
        if chosen is not None:
            return f"{name} = {_of_destination(name, chosen)}", TABLE, _each(chosen)
        return f"{name} = {_looked_up('os.environ', name.upper(), default)}", ENVIRONMENT, "the environment"
    required = allowed(analysis.program, handler.file.path, "fastmcp")
    fits = all(row.entry.server.framework is Framework.FASTMCP for row in rows)
    # A credential of the caller's own client is for one service, and the model would choose who gets it.
    if chosen is not None or not transports <= {"http", "both"} or not fits:
        return None
    if required is not None and required.is_before(READS_HEADERS):
        return None
    header = f"x-{name.lower().replace('_', '-').removeprefix('x-')}"
    if transports == {"http"}:
        return f"{name} = {_looked_up('get_http_headers()', header, default)}", HEADERS, "a header of the request"
    if "request_headers" in handler.facts.names:
        return None
    # Over stdio there is no request, and no header. One that lacks the header gets nothing of the environment.
    sent, local = _looked_up("request_headers", header, default), _looked_up("os.environ", name.upper(), default)
    statements = (
        f"request_headers = get_http_headers(include_all=True)\n{name} = {sent} if request_headers else {local}"
    )
    return statements, BOTH, "a header of the request, or the environment over stdio"


def _is_destination(parameter: Parameter) -> bool:
    return parameter.name.lower().rpartition("_")[2] in DESTINATIONS


def _of_destination(name: str, destination: Parameter) -> str:
    """Return the expression for the credential of one destination: no other one is shown it."""
    given = destination.name if destination.default < 0 else f"str({destination.name})"
    return f'json.loads(os.environ["{name.upper()}_BY_{destination.name.upper()}"])[{given}]'


def _each(destination: Parameter) -> str:
    return f"a table in the environment, one for each `{destination.name}`"


def _looked_up(table: str, key: str, default: str | None) -> str:
    if default is None:
        return f'{table}["{key}"]'
    return f'{table}.get("{key}"{"" if default == "None" else f", {default}"})'


def _default(parameter: Parameter, handler: Function, text: bytes) -> str | None:
    """Return the source of a default that is a constant, None where there is none."""
    parent = handler.parent
    node = parent.facts.values[parameter.default] if parent is not None and parameter.default >= 0 else None
    constant = node is not None and node.op in ("str", "none")
    return text[node.start : node.end].decode() if node is not None and constant else None
