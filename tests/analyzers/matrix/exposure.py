"""Cells about who is believed to call: audiences, mounts, tags, tools that call tools, stated identities."""

from collections.abc import Iterator

from tests.analyzers.matrix.authorization import effect, guarded, reading
from tests.analyzers.matrix.cells import Cell, Files
from tests.analyzers.matrix.programs import FRAMEWORKS, HERE, Framework, Parts, Tool

AUDIENCE = ', audience="shop"'
PROVIDER = 'JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")'
SUBJECT = """\
token = get_access_token()
if token is None:
    raise PermissionError("no caller")
user_id = token.claims["sub"]
"""
RESTRICTION = """\
from fastmcp.server.auth import restrict_tag
from fastmcp.server.middleware import AuthMiddleware

guard = AuthMiddleware(auth=restrict_tag("admin", scopes=["admin"]))
"""
NEW = tuple(framework for framework in FRAMEWORKS if framework.authorizes_at_registration)
FASTMCP = tuple(framework for framework in FRAMEWORKS if framework.name.startswith("fastmcp"))
ONE_BY_ONE = tuple(framework for framework in FRAMEWORKS if not framework.dispatches)


def plain(framework: Framework, **more: str) -> Tool:
    """Return the tool that pays back."""
    return Tool("refund", guarded("", effect(framework)), **more)


def audience(framework: Framework) -> Cell:
    """The verifier is told for whom tokens must be."""
    fixed = framework.program(Parts((plain(framework),)))
    broken = fixed | {"server.py": fixed["server.py"].replace(f"{AUDIENCE}))", f")){HERE}")}
    return _cell("audience", framework, fixed, broken, "missing-audience-check")


def mounted(framework: Framework) -> Cell:
    """A server with a provider is reached through another with one."""
    program = framework.program(Parts((plain(framework),)))
    head, _, _ = program["server.py"].partition("\nif __name__")

    def through(auth: str, mark: str) -> Files:
        main = f'main = FastMCP("main"{auth})\nmain.mount(mcp){mark}\nmain.run(transport="http")\n'
        main = f"verifier = {PROVIDER}\n{main}"
        return program | {"server.py": f"{head}\n{main}"}

    fixed, broken = through(", auth=verifier", ""), through("", HERE)
    return _cell("mounted", framework, fixed, broken, "mounted-server-loses-authentication")


def tag(framework: Framework) -> Cell:
    """A tool carries the tag that a check is limited to."""
    first = framework.program(Parts((plain(framework),), RESTRICTION))
    text = first["server.py"].replace('FastMCP("shop", ', 'FastMCP("shop", middleware=[guard], ')
    fixed = first | {"server.py": text.replace("@mcp.tool\n", '@mcp.tool(tags={"admin"})\n')}
    broken = first | {"server.py": text.replace("@mcp.tool\n", f"@mcp.tool{HERE}\n")}
    return _cell("tag", framework, fixed, broken, "restriction-tag-misses-tool")


def direct(framework: Framework) -> Cell:
    """A tool calls another through the server."""

    def program(call: str) -> Files:
        tools = (
            plain(framework, auth='require_scopes("refund")'),
            Tool("close", f"return {call}\n"),
            Tool("get_order", guarded("", reading(framework)), auth='require_scopes("get_order")'),
        )
        return framework.program(Parts(tools, "from fastmcp.server.auth import require_scopes"))

    fixed, broken = program('await mcp.call_tool("refund", {"order": order})'), program(f"await refund(order){HERE}")
    return _cell("direct", framework, fixed, broken, "guarded-tool-called-directly")


def subject(framework: Framework) -> Cell:
    """Whose data is meant follows from the verified token."""
    body = f'return {framework.client}.post("https://orders.internal/orders", json={{"owner": user_id}}).text\n'
    claims = SUBJECT if framework in FASTMCP else SUBJECT.replace('claims["sub"]', "client_id")
    fixed = framework.program(Parts((Tool("book", claims + body),)))
    broken = framework.program(Parts((Tool("book", body, parameters="user_id: str", head_mark=HERE),)))
    return _cell("subject", framework, fixed, broken, "caller-supplied-identity")


def _cell(form: str, framework: Framework, fixed: Files, broken: Files, rule: str) -> Cell:
    return Cell(f"{form}-{framework.name}", "removed", fixed, broken, rule, (rule, "authorization-removed-in-change"))


FORMS = ((audience, FASTMCP), (mounted, FASTMCP), (tag, NEW), (direct, NEW), (subject, ONE_BY_ONE))


def cells() -> Iterator[Cell]:
    """Yield the cells of all forms and frameworks."""
    for form, frameworks in FORMS:
        for framework in frameworks:
            yield form(framework)
