"""Records of every call of a server's tools, in the way of its framework."""

from collections.abc import Mapping, Sequence

import msgspec

from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.finding import Edit, Safety
from analyzers.fixes.callers import SDK_IDENTITY
from analyzers.fixes.definitions import Definition, defined
from analyzers.fixes.hooks import IDENTITY, attached, base_of
from analyzers.fixes.rewrite import decorate, set_argument
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function, Program
from analyzers.project.targets import Reference
from analyzers.project.versions import allowed
from analyzers.rule import Proposal

Texts = Mapping[str, bytes]
# What is recorded around a call, at the depth of a method or of a function within a function.
RECORD = """
        token = get_access_token()
        record = {{
            "tool": {name},
            "client": token.client_id if token else None,
            "subject": {subject},
            "arguments": sorted({arguments} or {{}}),
        }}
        try:
            result = await {call}
        except Exception as error:
            failed = record | {{"outcome": type(error).__name__}}
            logging.getLogger("audit").warning("tool_call", extra={{"mcp": failed}})
            raise
        logging.getLogger("audit").info("tool_call", extra={{"mcp": record | {{"outcome": "ok"}}}})
        return result
"""
SDK_SUBJECT = 'getattr(token, "subject", None)'
RECORDER = """
class ToolAudit({base}):
    async def on_call_tool(self, context, call_next):""" + RECORD.format(
    name="context.message.name",
    subject='token.claims.get("sub") if token else None',
    arguments="context.message.arguments",
    call="call_next(context)",
)
SUBCLASS = """
class {name}({base}):
    async def call_tool(self, name, arguments{more}):
"""
WRAPPER = """
def recorded(handler):
    @functools.wraps(handler)
    async def call({parameters}):
"""


class _Since(msgspec.Struct, frozen=True):
    """The first version of a distribution that has what a record needs."""

    distribution: str
    version: tuple[int, ...]


FASTMCP_SINCE = _Since("fastmcp", (2, 11))
SDK_SINCE = _Since("mcp", (1, 10))


def with_recorder(state: ServerState, rows: Sequence[Row], program: Program, texts: Texts) -> Proposal | None:
    """Return a record of every call of a server with these tools, in front of all else that is put around calls."""
    server = state.server
    since = FASTMCP_SINCE if server.framework is Framework.FASTMCP else SDK_SINCE
    required = allowed(program, server.site.function.file.path, since.distribution)
    if (
        server.generated
        or server.framework is Framework.JSON_RPC
        or (required is not None and required.is_before(since.version))
    ):
        return None
    if server.framework is Framework.LOW_LEVEL:
        edits, title = _around_dispatcher(rows, texts), "Record every call around the handler"
    elif server.framework is Framework.FASTMCP:
        edits, title = _in_hook(server.site, texts), "Record every call in a hook in front of the others"
    else:
        edits, title = _in_subclass(server.site, server.framework, texts), "Record every call in the server's own class"
    return Proposal(title, Safety.REVIEW, edits, outer=True) if edits else None


def _in_hook(site: Reference, texts: Texts) -> tuple[Edit, ...]:
    text = texts.get(site.function.file.path)
    if text is None or site.node.op != "call" or "middleware" in site.node.names:
        return ()
    return attached(site, text, ("ToolAudit", RECORDER), ("import logging", IDENTITY)) or _in_constructor(site, text)


def _in_constructor(site: Reference, text: bytes) -> tuple[Edit, ...]:
    """Return the hook as the first that the server is made with."""
    base, hooked = base_of(site.function)
    made = set_argument(text, site.function, site.value, "middleware", "[ToolAudit()]")
    recorder = Definition(RECORDER.replace("{base}", base), ("import logging", IDENTITY, hooked))
    edits = defined(site.function, site.node.start, recorder, text) if made is not None else ()
    return (*edits, made) if edits and made is not None else ()


def _in_subclass(site: Reference, framework: Framework, texts: Texts) -> tuple[Edit, ...]:
    """Return a class of servers that records, in the place of the framework's own."""
    function, node = site.function, site.node
    text = texts.get(function.file.path)
    if text is None or node.op != "call":
        return ()
    base = text[node.start : node.end].partition(b"(")[0].decode()
    module = function.file.module.facts
    known = module.names.get(base.partition(".")[0], ())
    if not base.replace(".", "").isidentifier() or any(module.values[value].op != "import" for value in known or (0,)):
        return ()
    name = f"Recording{base.rpartition('.')[2]}"
    more = ", context=None" if framework is Framework.SDK_SERVER else ""
    call = f"super().call_tool(name, arguments{', context' if more else ''})"
    body = RECORD.format(name="name", subject=SDK_SUBJECT, arguments="arguments", call=call)
    source = SUBCLASS.format(name=name, base=base, more=more).rstrip("\n") + body
    edits = defined(function, node.start, Definition(source, ("import logging", SDK_IDENTITY)), text)
    span = function.location(node.start, node.start + len(base.encode())).span
    return (*edits, Edit(function.file.path, span.start, span.end, name)) if edits else ()


def _around_dispatcher(rows: Sequence[Row], texts: Texts) -> tuple[Edit, ...]:
    """Return a decorator around the one function that every call of a tool goes to."""
    handlers = {_dispatcher(row) for row in rows}
    handler = handlers.pop() if len(handlers) == 1 else None
    text = texts.get(handler.file.path) if handler is not None else None
    if handler is None or text is None or not handler.facts.decorators:
        return ()
    parameters = [parameter.name for parameter in handler.facts.parameters]
    if len(parameters) != 2 or "self" in parameters:
        return ()
    name, arguments = parameters
    call = f"handler({name}, {arguments})"
    body = RECORD.format(name=name, subject=SDK_SUBJECT, arguments=arguments, call=call)
    source = f"{WRAPPER.format(parameters=', '.join(parameters)).rstrip()}{body}\n    return call\n"
    imports = ("import functools", "import logging", SDK_IDENTITY)
    edits = defined(handler, handler.facts.start, Definition(source, imports), text)
    decorated = decorate(text, handler, "recorded") if edits else None
    return (*edits, decorated) if decorated is not None else ()


def _dispatcher(row: Row) -> Function | None:
    branch = row.entry.branch
    return branch.function if branch is not None and not branch.via else row.entry.handler
