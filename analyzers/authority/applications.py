"""Applications around a server that refuse callers, before anything of the server is asked."""

from typing import TYPE_CHECKING

from analyzers.flow.guards import Place
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.project.servers import Server

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

STATUS_CODES = ("401", "403")
# What a connection's authentication reads: the names under which a request carries a credential or an identity.
CREDENTIAL_SOURCES = (
    *("authorization", "x-api-key", "api-key", "bearer", "bearer ", "access_token", "credentials"),
    "compare_digest",
)
MAX_DENYING = 20
ASGI_AUTHENTICATION = ("RequireAuthMiddleware", "AuthenticationMiddleware", "BearerAuthBackend", "JWTAuthMiddleware")


def asgi_authentication(reader: "ServerReader", server: Server) -> tuple[str, Place] | None:
    """Return the application-level authentication of a server's package, None when there is none."""
    root = reader.program.package_root(server.site.function.file.path)
    if root not in reader.asgi:
        reader.asgi[root] = find_asgi(reader, root)
    return reader.asgi[root]


def find_asgi(reader: "ServerReader", root: str) -> tuple[str, Place] | None:
    """Find an ASGI middleware or application of a package that refuses callers."""
    for name in ("add_middleware", "Middleware"):
        for function, value in reader.program.call_sites(name):
            node = function.facts.values[value]
            if reader.serves(function, root) and len(node.args) > 1:
                found = denying_class(reader, function, node.args[1])
                if found:
                    return found, reader.flow.guards.place(function, node.start)
    for file in reader.program.sources:
        if reader.serves(file.module, root):
            found_in = wrapped_application(reader, file.functions)
            if found_in is not None:
                return found_in
    return None


def denying_class(reader: "ServerReader", function: Function, value: int) -> str:
    """Return the name of an ASGI middleware class that answers 401 or 403, "" when it is none."""
    for target in reader.flow.resolver.resolve(function, value):
        if target.kind == "external" and target.name.rpartition(".")[2] in ASGI_AUTHENTICATION:
            return target.name.rpartition(".")[2]
        if target.kind == "class" and target.function is not None:
            for name in ("dispatch", "__call__"):
                method = reader.flow.resolver.method(target.function, name)
                if method is not None and denies(reader.flow, method):
                    return target.function.facts.name
    return ""


def wrapped_application(reader: "ServerReader", functions: list[Function]) -> tuple[str, Place] | None:
    """Find an `@app.middleware` function or an ASGI application that refuses callers."""
    for function in functions:
        name = _application(function)
        if name and denies(reader.flow, function):
            return name, reader.flow.guards.place(function, function.facts.name_start)
    return None


def _application(function: Function) -> str:
    """Return the name of what every request passes through, "" for another function."""
    if _is_http_middleware(function):
        return function.facts.name
    if function.facts.name == "__call__" and function.owner is not None and len(function.facts.parameters) == 4:
        return function.owner.facts.name
    return ""


def _is_http_middleware(function: Function) -> bool:
    """Tell whether a function is decorated with a call like `@app.middleware("http")`."""
    scope = function.parent
    for decorator in function.facts.decorators if scope is not None else ():
        node = scope.facts.values[decorator] if scope is not None else None
        if scope is not None and node is not None and node.op == "call":
            callee = scope.facts.values[node.args[0]]
            if callee.op == "attr" and callee.text == "middleware":
                return True
    return False


def denies(flow: Flow, method: Function) -> bool:
    """Tell whether a function, or one it calls, reads a header or an identity and can answer 401 or 403."""
    waiting: list[Function] = [method]
    seen: set[str] = set()
    reads = answers = False
    while waiting and len(seen) < MAX_DENYING:
        function = waiting.pop(0)
        if function.id in seen:
            continue
        seen.add(function.id)
        for node in function.facts.values:
            answers = answers or (node.op == "number" and node.text in STATUS_CODES)
            reads = reads or node.text.lower() in CREDENTIAL_SOURCES
        waiting.extend(flow.callees(function))
    return reads and answers
