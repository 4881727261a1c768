"""Servers whose authentication is not asked, because they are reached through another."""

from collections.abc import Iterator, Mapping

from analyzers.authority.harm import EXPOSED_SEVERITIES, effect_evidence, harm_text, telling
from analyzers.authority.rows import Row
from analyzers.finding import Confidence, Edit, Evidence, Safety, Severity
from analyzers.fixes.rewrite import add_import, set_argument
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

OPEN = ("none", "mode_gate", "unresolved")
BILLING = """
            from fastmcp import FastMCP
            from fastmcp.server.auth import require_scopes
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            import httpx

            verifier = JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")
            billing = FastMCP("billing", auth=verifier)

            @billing.tool{check}
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={{"order": order}}).text
"""
MAIN = """
            main = FastMCP("main"{auth})
            main.mount(billing, namespace="billing"){mark}
            main.run(transport="{transport}")
"""
IMPORTED = """
            from billing import billing
            from fastmcp import FastMCP
"""


class MountedServerLosesAuthentication(Rule):
    """
    ## What it finds
    A server with an authentication provider that is mounted or imported into another one without, where the other is
    served over the network: the provider of a mounted server is not asked.

    A parent with a provider of its own or behind an application that refuses strangers, a child that is served as an
    application of its own, tools that check their callers themselves, and parents on stdio are not reported.

    ## Why it matters
    The child looks protected where it is written, and its author tested it so. Through the parent every one of its
    tools answers callers without a token.

    ## Fix
    Give the parent the provider. What only the child's callers may do, check at the tools.
    """

    id = "mounted-server-loses-authentication"
    summary = "a mounted server's authentication is not asked"
    principle = "verify_explicitly"
    severity = Severity.CRITICAL
    cwe = ("CWE-306",)
    owasp = ("MCP07",)
    spec = ("basic/authorization#access-token-usage",)
    pattern = "authenticated-resource-server"
    column = "authentication"
    examples = (
        py(
            BILLING.format(check="") + MAIN.format(auth="", mark="  # finding", transport="http"),
            fixed=BILLING.format(check="") + MAIN.format(auth=", auth=verifier", mark="", transport="http"),
            note="the call succeeds without a token",
        ),
        py(
            IMPORTED + MAIN.format(auth="", mark="  # finding", transport="http"),
            billing=BILLING.format(check=""),
            fixed=IMPORTED.replace("FastMCP\n", "FastMCP\n            from billing import verifier\n")
            + MAIN.format(auth=", auth=verifier", mark="", transport="http"),
            note="mounted in another file",
        ),
        py(
            BILLING.format(check="")
            + """
            main = FastMCP("main")

            async def setup():
                await main.import_server(billing, prefix="billing")  # finding

            app = main.http_app()
            """,
            note="imported, in fastmcp 2",
        ),
        py(
            BILLING.format(check="") + MAIN.format(auth=", auth=verifier", mark="", transport="http"),
            note="the parent asks",
        ),
        py(
            BILLING.format(check='(auth=require_scopes("refund"))') + MAIN.format(auth="", mark="", transport="http"),
            note="the tool refuses callers without a token",
        ),
        py(BILLING.format(check="") + MAIN.format(auth="", mark="", transport="stdio"), note="local"),
        py(
            BILLING.format(check="")
            + """
            from starlette.applications import Starlette
            from starlette.routing import Mount

            app = Starlette(routes=[Mount("/billing", app=billing.http_app())])
            """,
            note="served as an application of its own",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool of a mounted server that is reached without its authentication."""
        exposed: dict[int, list[Row]] = {}
        for row in analysis.rows:
            ignored = row.state.ignored_authentication
            if ignored and row.is_remote and not row.state.authentication and row.authorization.kind in OPEN:
                exposed.setdefault(id(row.entry.server), []).append(row)
        for rows in exposed.values():
            worst = max(rows, key=telling)
            for row in rows:
                yield self._draft(row, worst, max(row.confidence() for row in rows))

    def _draft(self, row: Row, worst: Row, confidence: Confidence) -> Draft:
        child, parent = row.entry.server, row.entry.server.parents[0]
        mount = child.mounts[0]
        return Draft(
            key=row.key,
            path=mount.function.file.path,
            location=mount.function.location(mount.node.start, mount.node.end),
            message=(
                f"`{child.symbol}` loses its authentication in `{parent.symbol}`: `{worst.name}` and everything else "
                "of it can be called without a token."
            ),
            why=(
                f"`{row.state.ignored_authentication}` guards connections to `{child.symbol}` itself. Callers connect "
                f"to `{parent.symbol}`, which has no provider, and can {harm_text(worst)}."
            ),
            severity=EXPOSED_SEVERITIES[worst.rank],
            confidence=confidence,
            evidence=tuple(self._evidence(row, worst)),
            rows=(row.key,),
            group=f"{parent.id} {child.id}",
            start=mount.node.start,
            end=mount.node.end,
        )

    def _evidence(self, row: Row, worst: Row) -> Iterator[Evidence]:
        child, parent = row.entry.server, row.entry.server.parents[0]
        for server, note in ((child, "is made with a provider"), (parent, "is made without one")):
            site = server.site
            path, line = site.function.file.path, site.function.line_of(site.value)
            yield Evidence(path, line, f"`{server.symbol}` {note}")
        mount = child.mounts[0]
        yield Evidence(mount.function.file.path, mount.function.line_of(mount.value), "here one is put into the other")
        yield from effect_evidence(worst)

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Give the parent the child's provider, where that has a name."""
        row = next(row for row in analysis.rows if row.key == draft.key)
        child, parent = row.entry.server, row.entry.server.parents[0]
        site = parent.site
        text = texts.get(site.function.file.path)
        name = _provider_name(child)
        if text is None or not name or not _is_reachable(child, parent, name):
            return None
        edit = set_argument(text, site.function, site.value, "auth", name)
        edits: list[Edit | None] = [edit]
        if child.site.function.file is not site.function.file:
            module = _module_of(child, parent)
            if not module:
                return None
            edits.append(add_import(text, site.function.file.path, f"from {module} import {name}"))
        found = tuple(item for item in edits if item is not None)
        return Proposal("Give the server that is served the provider", Safety.SAFE, found) if edit is not None else None


def _provider_name(child: Server) -> str:
    """Return the module's name that the child is given as its provider, "" when it is given an expression."""
    function, value = child.site.function, child.keywords.get("auth", -1)
    node = function.facts.values[value] if value >= 0 else None
    if node is None or node.op not in ("name", "import", "call"):
        return ""
    for name, values in function.file.module.facts.names.items():
        if function is function.file.module and values == (value,):
            return name
    return node.text if node.op == "name" else ""


def _is_reachable(child: Server, parent: Server, name: str) -> bool:
    """Tell whether a name of the child's module is bound where the parent is made, or can be imported there."""
    module = child.site.function.file.module
    values = module.facts.names.get(name, ())
    if len(values) != 1:
        return False
    here = parent.site.function.file is child.site.function.file
    return not here or module.facts.values[values[0]].end <= parent.site.node.start


def _module_of(child: Server, parent: Server) -> str:
    """Return the module from which the parent's file imports the child."""
    function: Function = parent.site.function.file.module
    for values in function.facts.names.values():
        node = function.facts.values[values[0]]
        module, _, name = node.text.partition("|") if node.op == "import" else ("", "", "")
        if name == child.symbol:
            return module
    return ""
