"""Identities that a caller states and nobody verifies."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.authority.claimed import Claimed, Claims
from analyzers.authority.delegation import Delegations
from analyzers.authority.harm import effect_evidence
from analyzers.authority.sibling_claims import stated_claims
from analyzers.examples import HEAD
from analyzers.finding import Confidence, Evidence, Safety, Severity
from analyzers.fixes.hooks import IDENTITY
from analyzers.fixes.rewrite import add_import, insert_first_statement
from analyzers.frameworks.mcp import Framework
from analyzers.project.resolve import Resolver
from analyzers.project.wrapping import is_given_as_called
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

GRANTS = ("role", "roles", "groups", "scopes", "permissions")
READERS = ("get_access_token", "CurrentAccessToken", "TokenClaim")
BESIDE = (
    "Other tools of this server take it from the verified token. Whoever may call this one for itself may call it for "
    "everybody, and so may a model that a document talked into it."
)
SUBJECT = """token = get_access_token()
if token is None:
    raise PermissionError("no caller")
{name} = {taken}
"""
ORDERS = """
            import sqlite3

            @mcp.tool
            def whoami() -> str:
                token = get_access_token()
                return token.claims["sub"] if token else ""

            @mcp.tool
            def list_orders({parameter}: str) -> list:
                {before}with sqlite3.connect("orders.db") as db:
                    return db.execute("SELECT * FROM orders WHERE owner = ?", ({key},)).fetchall()

            mcp.run(transport="http")
"""
VERIFIED = """token = get_access_token()
                if token is None:
                    raise PermissionError("no caller")
                user_id = token.claims["sub"]
                """
GRANTED = """token = get_access_token()
                if token is None or "orders:read" not in token.scopes:
                    raise ToolError("forbidden")
                """
ROLE = (
    HEAD
    + """
            from fastmcp.server.dependencies import get_http_headers

            @mcp.tool
            def refund(order: str) -> str:
                if get_http_headers().get("{header}") != {expected}:{mark}
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={{"order": order}}).text

            mcp.run(transport="http")
"""
)
CONTEXT = (
    HEAD
    + """
            from fastmcp import Context

            @mcp.tool
            def refund(order: str, ctx: Context) -> str:
                if {condition}:{mark}
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={{"order": order}}).text

            mcp.run(transport="http")
"""
)


APPROVE = """
            @mcp.tool
            def approve(request: str, {parameter} = None) -> str:
                {before}if {condition}:{mark}
                    raise {refusal}
                return httpx.post("https://hr.internal/approvals", json={{"request": request}}).text

            mcp.run(transport="http")
"""


BESIDE_OTHERS = (
    HEAD
    + """
            import os
            from fastmcp.server.auth import require_scopes

            def tenant() -> str:
                return get_access_token().claims["tenant"]

            async def orders(tenant: str, number: int) -> list[dict]:
                headers = {{"Authorization": os.environ["ORDERS_TOKEN"]}}
                params = {{"tenant": tenant, "above": number}}
                async with httpx.AsyncClient(headers=headers) as client:
                    return (await client.get("https://orders.internal/orders", params=params)).json()

            @mcp.tool(auth=require_scopes("orders:list"))
            async def list_orders() -> list[dict]:
                return await orders(tenant(), 0)

            @mcp.tool(auth=require_scopes("orders:find"))
            async def find_orders(number: int) -> list[dict]:
                return await orders(tenant(), number)

            @mcp.tool(auth=require_scopes("{grant}"))
            async def read_orders({parameters}) -> list[dict]:  # finding
                return await {query}

            mcp.run(transport="http")
"""
)


class CallerSuppliedIdentity(Rule):
    """
    ## What it finds
    A network server that lets calls through, or reads and changes data, by what the caller says about itself: the
    client's name or id in the context, its metadata, the session id, a header such as `X-User-Id` that nothing
    verified, or a parameter such as `user_id` or `tenant_id` on an authenticated server whose tools could ask the
    token; and a tool that refuses, in words of a missing right, by a parameter such as `is_admin` or `role`.

    Keys that are checks of a credential, parameters that only name what the tool is about (`get_user(user_id)`), tools
    that check the caller's grant, and calls that act with the caller's own credential are not reported. Where several
    other tools of the server read the same from the token, a check of the tool is not enough: it says what may be
    done, not whose data it may be done with. A grant of those who act for others, such as `admin`, is.

    ## Why it matters
    Whoever may call the tool may also write the parameter, the header or the metadata: every caller is whoever it
    claims to be. A model that was talked into it reads the orders of another customer by naming them.

    ## Fix
    Take the subject from the verified token, `claims["sub"]`, and only objects from the model. Keep a parameter for
    another's data to tools that check a grant for it.
    """

    id = "caller-supplied-identity"
    summary = "an identity that the caller states is believed"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    confidence = Confidence.MEDIUM
    cwe = ("CWE-639", "CWE-290")
    owasp = ("MCP07",)
    spec = ("tutorials/security/security_best_practices#state-handle-hijacking",)
    pattern = "subject-from-the-token"
    column = "capabilities"
    examples = (
        py(
            HEAD
            + ORDERS.format(parameter="user_id", before="", key="user_id").replace("-> list:", "-> list:  # finding"),
            fixed=HEAD + ORDERS.format(parameter="user_id", before=VERIFIED, key="user_id"),
            note="the caller names whose orders to list",
        ),
        py(
            ROLE.format(header="x-role", expected='"admin"', mark="  # finding"),
            note="a header that the caller writes",
        ),
        py(
            CONTEXT.format(condition='ctx.client_id not in ("console", "billing")', mark="  # finding"),
            note="the client's own statement",
        ),
        py(
            HEAD
            + APPROVE.format(
                parameter="is_admin: bool",
                before="",
                condition="not is_admin",
                refusal='PermissionError("admins only")',
                mark="  # finding",
            ),
            note="the caller says that it may",
        ),
        py(
            HEAD
            + APPROVE.format(
                parameter="role: str",
                before="",
                condition='role not in ("manager", "director")',
                refusal='ToolError("You are not allowed to approve")',
                mark="  # finding",
            ),
            note="the caller names its own role",
        ),
        py(
            HEAD
            + APPROVE.format(
                parameter="role: str",
                before="",
                condition='role not in ("manager", "director")',
                refusal='ValueError("unknown role")',
                mark="",
            ),
            note="a value is checked for its form",
        ),
        py(
            HEAD
            + APPROVE.format(
                parameter="role: str",
                before=GRANTED,
                condition='role == "owner" and "owners" not in token.scopes',
                refusal='ToolError("You are not allowed to make owners")',
                mark="",
            ),
            note="what the role needs is asked of the token",
        ),
        py(
            HEAD + ORDERS.format(parameter="order", before=VERIFIED, key="user_id"),
            note="the subject of the verified token",
        ),
        py(
            HEAD + ORDERS.format(parameter="user_id", before="", key="user_id").replace("list_orders", "get_user"),
            note="the parameter is what the tool is about",
        ),
        py(
            HEAD
            + ORDERS.format(parameter="user_id", before="", key="user_id").replace("list_orders", "assign_reviewer"),
            note="whom the tool puts somewhere",
        ),
        py(
            HEAD + ORDERS.format(parameter="user_id", before="", key="user_id").replace(": str)", ": str = None)"),
            note="a filter of what is read without it",
        ),
        py(
            HEAD
            + ORDERS.format(parameter="user_id", before="", key='user_id or token.claims["sub"]')
            .replace(": str)", ": str = None)")
            .replace("with sqlite3", "token = get_access_token()\n                with sqlite3")
            .replace("-> list:", "-> list:  # finding"),
            note="the caller, unless somebody else is named",
        ),
        py(
            HEAD
            + ORDERS.format(
                parameter="user_id",
                before=GRANTED,
                key="user_id",
            ),
            note="a grant is checked",
        ),
        py(
            ROLE.format(header="x-api-key", expected='os.environ["KEY"]', mark="").replace(
                "import httpx", "import httpx, os"
            ),
            note="a credential, not a name",
        ),
        py(
            CONTEXT.format(condition="ctx.client_id is None", mark=""),
            note="whether there is a client, not which",
        ),
        py(
            ROLE.format(header="x-role", expected='"admin"', mark="").replace('"http"', '"stdio"'),
            note="local",
        ),
        py(
            """
            import httpx
            from fastmcp import Context, FastMCP

            mcp = FastMCP("crm", auth=verifier)

            @mcp.tool
            def note(text: str, ctx: Context) -> str:
                agent = ctx.session.client_params.client_info.name
                return httpx.post("https://crm.internal/notes", json={"text": text, "agent": agent}).text

            mcp.run(transport="http")
            """,
            note="which program calls",
        ),
        py(
            BESIDE_OTHERS.format(
                parameters="number: int, tenant_id: str",
                query="orders(tenant_id, number)",
                grant="orders:read",
            ),
            note="other tools ask the token for the tenant",
        ),
        py(
            BESIDE_OTHERS.format(
                parameters="number: int, tenant_id: str | None = None",
                query="orders(tenant_id or tenant(), number)",
                grant="orders:read",
            ),
            note="the caller may name another tenant than its own",
        ),
        py(
            BESIDE_OTHERS.replace("  # finding", "").format(
                parameters="number: int, tenant_id: str",
                query="orders(tenant_id, number)",
                grant="orders:admin",
            ),
            note="a grant of those who act for others",
        ),
        py(
            BESIDE_OTHERS.replace("  # finding", "").format(
                parameters="number: int", query="orders(tenant(), number)", grant="orders:read"
            ),
            note="of the token's tenant alone",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point that believes its caller."""
        readers = {analysis.program.package_root(function.file.path) for function, _, _ in analysis.calls(*READERS)}
        claims = Claims(analysis.flow)
        delegations = Delegations(analysis.flow)
        for row in analysis.rows:
            found = claims.of(row)
            if found is not None:
                declared = row.entry.declared.function.file.path
                is_usual = analysis.program.package_root(declared) in readers
                draft = self._draft(analysis.flow.resolver, found, is_usual=is_usual)
                # With the caller's own credential the service behind decides whose data it gives.
                delegated = found.use != "decides" and delegations.may_act_for_caller(row)
                yield msgspec.structs.replace(draft, confidence=draft.confidence.lowered(1 if delegated else 0))
        for found in stated_claims(analysis.program, analysis.rows):
            draft = self._draft(analysis.flow.resolver, found, is_usual=True)
            is_sent = found.source.startswith("the header")
            yield draft if is_sent else msgspec.structs.replace(draft, severity=Severity.MEDIUM, why=BESIDE)

    def _draft(self, resolver: Resolver, found: Claimed, *, is_usual: bool) -> Draft:
        row = found.row
        doing = "lets calls through by" if found.use == "decides" else "chooses whose data to use by"
        # What wraps the function may put the verified caller in the parameter's place.
        handler = row.entry.handler
        wrapped = handler is not None and not is_given_as_called(resolver, handler)
        sure = found.parameter < 0 or ((is_usual or found.use == "decides") and not wrapped)
        confidence = Confidence.MEDIUM if sure else Confidence.LOW
        return Draft(
            key=row.key,
            path=found.function.file.path,
            location=found.function.location(found.start, found.end),
            message=f"{row.title} {doing} {found.source}, which the caller writes.",
            why=(
                "Nobody verified it: every caller is whoever it claims to be, and a model that a document talked into "
                "it claims to be somebody else."
            ),
            severity=Severity.HIGH if row.rank > 0 else Severity.MEDIUM,
            confidence=min(confidence, row.confidence()),
            evidence=tuple(self._evidence(found)),
            rows=(row.key,),
            group=f"{row.entry.server.id} {found.use} {found.source}",
            group_message=f"tools {doing.replace('lets', 'let').replace('chooses', 'choose')} {found.source}, "
            "which the caller writes.",
            start=found.start,
            end=found.end,
        )

    def _evidence(self, found: Claimed) -> Iterator[Evidence]:
        line = found.function.file.facts.lines.line(found.start)
        used = "decides here whether the call goes on" if found.use == "decides" else "says whose data this is about"
        yield Evidence(found.function.file.path, line, f"{found.source} {used}")
        yield from effect_evidence(found.row, found.effect)

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Take the subject from the token in place of a parameter."""
        row = next(row for row in analysis.rows if row.key == draft.key)
        found = Claims(analysis.flow).of(row) or next(
            (claimed for claimed in stated_claims(analysis.program, analysis.rows) if claimed.row is row), None
        )
        text = texts.get(draft.path)
        if found is None or text is None or found.parameter < 0 or row.entry.server.framework is not Framework.FASTMCP:
            return None
        name = found.function.facts.parameters[found.parameter].name
        edit = insert_first_statement(text, found.function, SUBJECT.format(name=name, taken=_taken(name, found.claim)))
        if edit is None:
            return None
        imports = add_import(text, draft.path, IDENTITY)
        title = f"Take the caller from the token (decide which claim; then drop the parameter `{name}`)"
        return Proposal(title, Safety.REVIEW, (edit,) if imports is None else (imports, edit))


def _taken(name: str, claim: str) -> str:
    """Return where a verified token says what a parameter says of its caller, the claim where that is known."""
    if claim:
        return f'token.claims["{claim}"]'
    if name.startswith(("is_", "has_")) or name in ("admin", "authorized", "authenticated"):
        return '"admin" in token.scopes'
    if "tenant" in name:
        return 'token.claims["tenant_id"]'
    last = name.rpartition("_")[2]
    return f'token.claims["{last if last in GRANTS else "sub"}"]'
