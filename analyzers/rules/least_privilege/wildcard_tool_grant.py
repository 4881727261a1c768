"""Grants that name every tool at once."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.evidence.asked_grants import asked_grants
from analyzers.evidence.uniform_grants import uniform_grants
from analyzers.finding import Confidence, Edit, Evidence, Safety, Severity
from analyzers.flow.labels import is_identity
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, place_key, py

# Names under which tokens and configurations list what a session may do.
GRANTS = frozenset(
    {
        *("allowed_tools", "tools", "permissions", "scopes", "scope", "grants", "tool_scopes", "allowed_scopes"),
        *("granted_tools", "granted_scopes"),
    }
)
WILDCARDS = frozenset(
    {"*", "all", "*:*", "admin:*", "tools:*", "mcp:*", "full-access", "full_access", "superuser", "root", "all-tools"}
)
ISSUERS = ("encode", "AccessToken", "OAuthToken", "create_access_token", "issue_token", "mint_token", "create_token")
# What a server makes of a token for itself: where nobody there asks for a grant, what it grants opens nothing.
CHECKED = "AccessToken"
# How many tools a patch names at the most.
MAX_PROPOSED = 20


class WildcardToolGrant(Rule):
    """
    ## What it finds
    A grant of everything: a token issued, or an identity's permissions made, with `*`, `all` or the like among its
    tools, scopes or permissions; and a check that lets a caller pass every tool because its verified claims hold such a
    word. A token that grants what the request for it asks for. And a verifier that writes the same scopes into every
    token that it accepts, where tools ask for scopes. What a verifier writes into a token that it accepted is reported
    with little weight where nothing in the server asks for a grant.

    Origins of browsers, file patterns and other stars that are no grant are not reported.

    ## Why it matters
    A session that was started to read one invoice can delete every customer. The tools that will be added next year
    are granted today, and a check per tool decides nothing.

    ## Fix
    List the tools that the task needs by name, one by one, in a token that lives for that task.
    """

    id = "wildcard-tool-grant"
    summary = "one grant opens every tool"
    principle = "least_privilege"
    severity = Severity.HIGH
    cwe = ("CWE-250", "CWE-269")
    owasp = ("MCP02",)
    spec = ("tutorials/security/security_best_practices#scope-minimization",)
    pattern = "short-lived-grants"
    is_cause = True
    examples = (
        py(
            """
            import time
            import jwt
            from fastmcp import FastMCP

            mcp = FastMCP("issuer", auth=verifier)

            @mcp.tool
            def open_session(task: str) -> str:
                claims = {"sub": task, "exp": int(time.time()) + 900, "allowed_tools": ["*"]}  # finding
                return jwt.encode(claims, key, algorithm="RS256")

            mcp.run(transport="http")
            """,
            note="a token for every tool",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("shop", auth=verifier)

            @mcp.tool
            def refund(order: str) -> str:
                allowed = get_access_token().claims.get("allowed_tools", [])
                if "*" not in allowed and "refund" not in allowed:  # finding
                    raise ToolError("forbidden")
                return order

            mcp.run(transport="http")
            """,
            note="a check that a star passes",
        ),
        py(
            """
            from mcp.server.auth.provider import AccessToken
            from mcp.server.fastmcp import FastMCP

            class Verifier:
                async def verify_token(self, token: str) -> AccessToken:
                    return AccessToken(token=token, client_id="agent", scopes=["admin:*"], expires_at=900)  # finding

            mcp = FastMCP("shop", token_verifier=Verifier(), auth=settings)

            @mcp.tool()
            def ping() -> str:
                return "pong"

            mcp.run(transport="streamable-http")
            """,
            note="a verifier that gives everyone everything",
        ),
        py(
            """
            import time
            import jwt
            from fastmcp import FastMCP
            from starlette.middleware.cors import CORSMiddleware

            mcp = FastMCP("issuer", auth=verifier)
            app = mcp.http_app()
            app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
            PATTERNS = {"tools": ["*.py"], "files": ["*"]}

            @mcp.tool
            def open_session(task: str) -> str:
                claims = {"sub": task, "exp": int(time.time()) + 900, "allowed_tools": ["get_invoice"], "files": ["*"]}
                return jwt.encode(claims, key, algorithm="RS256")

            @mcp.tool
            def search(pattern: str, tools: str = "all") -> bool:
                return "*" in pattern or tools == "all"
            """,
            note="origins, file patterns, parameters and named tools",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each grant of everything, and each check that one passes."""
        for name in ISSUERS:
            for function, call in analysis.program.call_sites(name):
                if function.file.path in analysis.product:
                    unasked = name == CHECKED and not any(row.requires for row in analysis.rows)
                    for draft in self._issued(analysis, function, call):
                        yield msgspec.structs.replace(draft, severity=Severity.LOW) if unasked else draft
        for function in analysis.functions():
            for index, node in enumerate(function.facts.values):
                if node.op == "compare" and node.text in ("in", "not-in"):
                    yield from self._checked(analysis, function, index)
        for function, call, name in asked_grants(analysis, GRANTS):
            message = f"`{name}` of an issued token grants whatever the request for it asks for."
            yield self._draft(function, call, message, f"`{name}` as it was sent", Confidence.MEDIUM)
        for function, scopes in uniform_grants(analysis):
            message = f"`{function.facts.qualname}` gives every token the same scopes, whatever it grants."
            yield self._draft(function, scopes, message, "scopes that no token was asked for", Confidence.MEDIUM)

    def _issued(self, analysis: Analysis, function: Function, call: int) -> Iterator[Draft]:
        node = function.facts.values[call]
        given = list(zip(node.names, node.args[1:], strict=True))
        for keyword, argument in given:
            if keyword.lower() in GRANTS:
                yield from self._wildcards(analysis, function, argument, keyword)
            for target in analysis.flow.resolver.resolve(function, argument):
                if target.kind == "display" and target.name == "map" and target.function is not None:
                    yield from self._claims(analysis, target.function, target.value)

    def _claims(self, analysis: Analysis, scope: Function, literal: int) -> Iterator[Draft]:
        entries = scope.facts.values[literal].args
        for key, value in zip(entries[::2], entries[1::2], strict=True):
            name = (analysis.flow.resolver.text(scope, key) or "").lower() if key >= 0 else ""
            if name in GRANTS:
                yield from self._wildcards(analysis, scope, value, name)

    def _wildcards(self, analysis: Analysis, function: Function, value: int, name: str) -> Iterator[Draft]:
        node = function.facts.values[value]
        for caller, passed in analysis.flow.resolver.arguments(function, value) if node.op == "param" else ():
            if caller.file.path in analysis.product and caller.facts.values[passed].op != "param":
                yield from self._wildcards(analysis, caller, passed, name)
        for item in node.args if node.op in ("list", "tuple", "set") else (value,):
            text = analysis.flow.resolver.text(function, item) or ""
            word = next((word for word in text.lower().split() if word in WILDCARDS), "")
            if word:
                message = f"`{name}` of an issued token grants `{word}`: every tool, now and later."
                yield self._draft(function, item, message, f"`{word}` under `{name}`", Confidence.HIGH)

    def _checked(self, analysis: Analysis, function: Function, index: int) -> Iterator[Draft]:
        left, right = function.facts.values[index].args
        word = (analysis.flow.resolver.text(function, left) or "").lower()
        if word in WILDCARDS and is_identity(analysis.flow.labeler.labels(function, right)):
            message = f"A caller whose grant holds `{word}` passes the check of every tool."
            note = f"`{word}` is looked for in the caller's claims"
            yield self._draft(function, index, message, note, Confidence.MEDIUM)

    def _draft(self, function: Function, value: int, message: str, note: str, confidence: Confidence) -> Draft:
        node = function.facts.values[value]
        location = function.location(node.start, node.end)
        return Draft(
            key=place_key(function, value),
            path=function.file.path,
            location=location,
            message=message,
            why=(
                "A session made for one task can call the most harmful tool, and tools added later are granted "
                "already. Name the tools that the task needs, one by one."
            ),
            severity=Severity.HIGH,
            confidence=confidence,
            evidence=(Evidence(function.file.path, location.line, note),),
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Name the tools that only read in place of the star; which of them a task needs is the author's decision."""
        text = texts.get(draft.path)
        reading = sorted({row.name for row in analysis.rows if row.entry.kind == "tool" and row.rank <= 1})
        names = [name for name in reading[:MAX_PROPOSED] if name.isidentifier()]
        star = text[draft.start : draft.end].decode() if text is not None else ""
        in_list = text is not None and text[: draft.start].rstrip()[-1:] in (b"[", b",", b"(")
        if not names or not in_list or star[:1] not in ("'", '"') or star[1:-1].lower() not in WILDCARDS:
            return None
        listed = ", ".join(f'"{name}"' for name in names)
        span = draft.location.span
        edit = Edit(draft.path, span.start, span.end, listed)
        return Proposal("Name the tools (decide which of those that only read a task needs)", Safety.REVIEW, (edit,))
