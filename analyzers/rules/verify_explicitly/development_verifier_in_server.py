"""Verifiers and providers that are made for development and stand in a server that others reach."""

from collections.abc import Iterator

from analyzers.authority.servers import ServerState
from analyzers.facts import Value
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, Rule, place_key, py

STATIC = "StaticTokenVerifier"
# What each does instead of asking an issuer.
MADE_FOR_DEVELOPMENT = {
    STATIC: "compares with a table of tokens that neither expire nor are revoked",
    "InMemoryOAuthProvider": "registers every client and logs everyone in",
}


class DevelopmentVerifierInServer(Rule):
    """
    ## What it finds
    A network server that is authenticated by what its framework offers for development and tests: a table of fixed
    tokens (`StaticTokenVerifier`), which is more severe where the tokens are written into the code, or a provider that
    logs everyone in (`InMemoryOAuthProvider`).

    What only runs once a setting turns it on, and servers of tests or over stdio, are not reported.

    ## Why it matters
    A fixed token never expires, is the same for every caller that was ever given it, and is known to everyone who reads
    the source or the configuration. It cannot be revoked without a restart, and tells nothing of who calls.

    ## Fix
    Verify tokens of an issuer: a `JWTVerifier` with its key set, issuer and this server's audience, or introspection.
    Keep the table of tokens to the tests.
    """

    id = "development-verifier-in-server"
    summary = "a verifier made for development authenticates a network server"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-798", "CWE-489")
    owasp = ("MCP07", "MCP01")
    spec = ("basic/authorization#access-token-usage",)
    pattern = "authenticated-resource-server"
    examples = (
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth import StaticTokenVerifier

            GRANTS = {"client_id": "ci", "scopes": ["orders:write"]}
            verifier = StaticTokenVerifier(tokens={"6f1c0c55-ci": GRANTS})  # finding
            mcp = FastMCP("orders", auth=verifier)
            reports = FastMCP(
                "reports",
                auth=StaticTokenVerifier({os.environ["REPORTS_TOKEN"]: GRANTS}),  # finding
            )

            mcp.run(transport="http")
            reports.run(transport="http")
            """,
            note="fixed tokens, of the code and of the environment",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider

            provider = InMemoryOAuthProvider(base_url="https://orders.example.org")  # finding
            mcp = FastMCP("orders", auth=provider)
            mcp.run(transport="http")
            """,
            note="a provider that logs everyone in",
        ),
        py(
            """
            import os
            from fastmcp import FastMCP
            from fastmcp.server.auth import StaticTokenVerifier
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            if os.environ.get("DEVELOPMENT", "false") == "true":
                verifier = StaticTokenVerifier(tokens={"6f1c0c55-ci": {"client_id": "ci", "scopes": []}})
            else:
                verifier = JWTVerifier(jwks_uri="https://id.example/jwks", audience="orders")
            mcp = FastMCP("orders", auth=verifier)
            mcp.run(transport="http")
            """,
            note="only where a setting asks for it",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth import StaticTokenVerifier

            verifier = StaticTokenVerifier(tokens={"6f1c0c55-ci": {"client_id": "ci", "scopes": []}})
            mcp = FastMCP("orders", auth=verifier)
            mcp.run()
            """,
            note="a stdio server asks for no token",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            mcp = FastMCP("orders", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="orders"))
            mcp.run(transport="http")
            """,
            note="an issuer's tokens are verified",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each construction of such a verifier in a package that serves over the network."""
        for function, call, name in analysis.calls(*MADE_FOR_DEVELOPMENT):
            if name.partition(".")[0] != "fastmcp" or analysis.flow.defaults.is_opt_in(
                function, function.event_of(call)
            ):
                continue
            served = [
                state
                for state in analysis.servers_beside(function)
                if state.transport != "stdio" and any(kind in state.authentication for kind in MADE_FOR_DEVELOPMENT)
            ]
            if served:
                yield self._draft(analysis, function, call, served)

    def _draft(self, analysis: Analysis, function: Function, call: int, served: list[ServerState]) -> Draft:
        node = function.facts.values[call]
        kind = function.facts.values[node.args[0]].text.rpartition("|")[2]
        written = kind != STATIC or _is_written(analysis, function, node)
        steps = min(state.uncertainty for state in served)
        what = MADE_FOR_DEVELOPMENT[kind]
        return Draft(
            key=place_key(function, call),
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"`{kind}` is made for development: it {what}.",
            why=(
                "Whoever was ever given such a token, or reads it where it is written, calls every tool until the "
                "server is started anew, and no record tells one caller from another."
                if kind == STATIC
                else "Whoever reaches the server gets a token of it and calls every tool."
            ),
            severity=self.severity.lowered(0 if written else 1),
            confidence=Confidence.HIGH.lowered(steps),
            evidence=(Evidence(function.file.path, function.line_of(call), f"it {what}"),),
            rows=tuple(row.key for row in analysis.rows if row.state in served and row.entry.kind == "tool"),
            start=node.start,
            end=node.end,
        )


def _is_written(analysis: Analysis, function: Function, node: Value) -> bool:
    """Tell whether a token of the table is written into the code, itself or as the default of a setting."""
    table = argument_of(node, "tokens", 0)
    resolver = analysis.flow.resolver
    for target in resolver.resolve(function, table) if table >= 0 else ():
        if target.kind == "display" and target.function is not None:
            scope = target.function
            keys = scope.facts.values[target.value].args[::2]
            if any(
                key >= 0
                and (scope.facts.values[key].op in ("str", "secret") or analysis.flow.defaults.text(scope, key))
                for key in keys
            ):
                return True
    return False
