"""Routes beside an authenticated MCP endpoint that answer without a token."""

from collections.abc import Iterator, Mapping

from analyzers.authority.applications import asks_for_sign_in, denies
from analyzers.authority.harm import effect_evidence, harm_text
from analyzers.authority.model_keys import only_asks
from analyzers.authority.rows import Row
from analyzers.evidence.drawn_addresses import drawn_part
from analyzers.evidence.known_states import looks_up_state
from analyzers.evidence.looked_up_addresses import looked_up_part
from analyzers.evidence.route_purposes import expected_rank
from analyzers.examples import HEAD
from analyzers.finding import Evidence, Severity
from analyzers.fixes.routes import authenticated_route
from analyzers.flow.labels import is_chosen
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

SEVERITIES = {4: Severity.CRITICAL, 3: Severity.CRITICAL, 2: Severity.HIGH, 1: Severity.MEDIUM}


class UnauthenticatedCustomRoute(Rule):
    """
    ## What it finds
    A custom HTTP route of a server that authenticates its MCP endpoint, or a route that a Starlette application lists
    beside that, with a handler that reads private data, changes or deletes something, and neither asks for a credential
    or a signed-in user itself nor stands behind an ASGI middleware that does.

    Health and readiness probes, well-known documents and the steps of a sign-in are not reported for what such routes
    do: a probe may read, and do anything that its caller has no say in, a sign-in step may exchange a code for a token,
    and go on for who knows the state that was drawn for it.
    A route that only reads, under an address with a last part that is drawn at random, is of low severity.

    ## Why it matters
    The authentication provider of a server guards the MCP endpoint alone. A custom route of the same application
    answers without a token, and runs its effect with the authority of the server.

    ## Fix
    Verify the token in the route, or wrap the application in an authentication middleware that covers every path; move
    what only operators need to an interface that is not published.
    """

    id = "unauthenticated-custom-route"
    summary = "a custom route answers without the token that the MCP endpoint asks for"
    principle = "verify_explicitly"
    severity = Severity.CRITICAL
    cwe = ("CWE-306",)
    owasp = ("MCP07",)
    spec = ("basic/authorization#access-token-usage",)
    pattern = "authenticated-resource-server"
    column = "authentication"
    says_missing = True
    examples = (
        py(
            HEAD
            + """
            from starlette.responses import JSONResponse

            @mcp.custom_route("/admin/purge", methods=["POST"])
            async def purge(request):  # finding
                httpx.delete("https://crm.internal/customers")
                return JSONResponse({"purged": True})

            mcp.run(transport="http")
            """,
            fixed=HEAD
            + """
            from starlette.responses import JSONResponse
            import time

            @mcp.custom_route("/admin/purge", methods=["POST"])
            async def purge(request):
                scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
                access = await mcp.auth.verify_token(bearer) if scheme.lower() == "bearer" else None
                if access is None or (access.expires_at is not None and access.expires_at < time.time()):
                    return JSONResponse({"error": "no token"}, status_code=401, headers={"WWW-Authenticate": "Bearer"})
                if "purge:call" not in access.scopes:
                    return JSONResponse({"error": "forbidden"}, status_code=403)
                httpx.delete("https://crm.internal/customers")
                return JSONResponse({"purged": True})

            mcp.run(transport="http")
            """,
        ),
        py(
            """
            import httpx
            from mcp.server.auth.settings import AuthSettings
            from mcp.server.fastmcp import FastMCP
            from starlette.responses import JSONResponse
            from verifier import verifier

            mcp = FastMCP("shop", token_verifier=verifier, auth=AuthSettings(issuer_url="https://id.example"))

            @mcp.custom_route("/orders", methods=["POST"])
            async def create(request):  # finding
                httpx.post("https://orders.internal/orders", json=await request.json())
                return JSONResponse({})

            mcp.run(transport="streamable-http")
            """,
            fixed="""
            import httpx
            from mcp.server.auth.settings import AuthSettings
            from mcp.server.fastmcp import FastMCP
            from starlette.responses import JSONResponse
            from verifier import verifier
            import time

            mcp = FastMCP("shop", token_verifier=verifier, auth=AuthSettings(issuer_url="https://id.example"))

            @mcp.custom_route("/orders", methods=["POST"])
            async def create(request):
                scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
                access = await verifier.verify_token(bearer) if scheme.lower() == "bearer" else None
                if access is None or (access.expires_at is not None and access.expires_at < time.time()):
                    return JSONResponse({"error": "no token"}, status_code=401, headers={"WWW-Authenticate": "Bearer"})
                if "create:call" not in access.scopes:
                    return JSONResponse({"error": "forbidden"}, status_code=403)
                httpx.post("https://orders.internal/orders", json=await request.json())
                return JSONResponse({})

            mcp.run(transport="streamable-http")
            """,
            note="mcp 1",
        ),
        py(
            HEAD
            + """
            from starlette.responses import JSONResponse, PlainTextResponse

            @mcp.custom_route("/health", methods=["GET"])
            async def health(request):
                return PlainTextResponse("ok")

            @mcp.custom_route("/oauth/callback", methods=["GET"])
            async def callback(request):
                found = httpx.post("https://id.example/token", data={"code": request.query_params["code"]})
                return JSONResponse(found.json())

            mcp.run(transport="http")
            """,
            note="a probe and a step of the sign-in",
        ),
        py(
            HEAD
            + """
            from starlette.responses import JSONResponse

            def drop_expired():
                httpx.delete("https://files.internal/expired")

            @mcp.custom_route("/health", methods=["GET"])
            async def health(request):
                drop_expired()
                return JSONResponse({"status": "ok"})

            @mcp.custom_route("/", methods=["GET"])
            async def health_check(request):
                return JSONResponse({"version": open("/srv/version").read()})

            @mcp.custom_route("/status", methods=["POST"])
            async def status(request):  # finding
                httpx.delete("https://files.internal/" + request.query_params["name"])
                return JSONResponse({"status": "ok"})

            mcp.run(transport="http")
            """,
            note="what a probe does is harmless while its caller has no say in it",
        ),
        py(
            HEAD
            + """
            import hmac
            import os
            from starlette.responses import JSONResponse

            @mcp.custom_route("/admin/purge", methods=["POST"])
            async def purge(request):
                if not hmac.compare_digest(request.headers.get("authorization", ""), os.environ["ADMIN_KEY"]):
                    return JSONResponse({"error": "unauthorized"}, status_code=401)
                httpx.delete("https://crm.internal/customers")
                return JSONResponse({"purged": True})

            mcp.run(transport="http")
            """,
            note="the route asks for its own credential",
        ),
        py(
            HEAD
            + """
            from starlette.responses import JSONResponse, RedirectResponse

            def user_of(request):
                if request.session.get("sub"):
                    return request.session["sub"]
                return getattr(request.state, "user", None)

            @mcp.custom_route("/orders/{number}", methods=["DELETE"])
            async def delete_order(request):
                user = user_of(request)
                if not user:
                    return JSONResponse({"error": "sign in"}, status_code=401)
                httpx.delete("https://orders.internal/" + user)
                return JSONResponse({})

            @mcp.custom_route("/orders", methods=["POST"])
            async def orders(request):
                if not request.session.get("sub"):
                    return RedirectResponse("/sign-in")
                httpx.post("https://orders.internal/", json={"of": request.session["sub"]})
                return JSONResponse({})

            @mcp.custom_route("/carts", methods=["DELETE"])
            async def delete_carts(request):  # finding
                session = httpx.Client()
                session.delete("https://carts.internal/")
                return RedirectResponse("/")

            mcp.run(transport="http")
            """,
            note="the route asks who signed in",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each route with an effect that nothing guards."""
        for row in analysis.rows:
            handler = row.entry.handler
            if handler is None or not self._applies(row) or denies(analysis.flow, handler):
                continue
            if not asks_for_sign_in(analysis.flow, handler) and not looks_up_state(analysis.flow, handler, row.rank):
                yield self._draft(row, handler, _told_only(analysis, row, handler))

    def _draft(self, row: Row, handler: Function, drawn: Evidence | None) -> Draft:
        whoever = "Whoever reaches the port" if drawn is None else "Whoever gets to see such an address"
        answers = "answers" if drawn is None else "answers whoever knows an address of it,"
        return Draft(
            key=row.key,
            path=handler.file.path,
            location=handler.location(handler.facts.start, handler.facts.head_end),
            message=f"The route {row.title} {answers} without the token that the MCP endpoint asks for.",
            why=(
                "Authentication providers guard the MCP endpoint alone; a custom route of the same server is open. "
                f"{whoever} can {harm_text(row)}."
            ),
            severity=SEVERITIES[row.rank].lowered(1 if _is_settled(row) else 0) if drawn is None else Severity.LOW,
            confidence=row.confidence(),
            evidence=tuple(self._evidence(row, drawn)),
            rows=(row.key,),
            start=handler.facts.start,
            end=handler.facts.head_end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Verify the token of the request with the server's own provider, and ask for a scope."""
        row = next(row for row in analysis.rows if row.key == draft.key)
        return authenticated_route(row, analysis, texts)

    def _applies(self, row: Row) -> bool:
        return (
            row.entry.kind == "route"
            and row.is_remote
            and bool(row.state.authentication)
            and not row.state.covers(row.entry)
            and row.rank > expected_rank(row)
            and row.authorization.kind in ("none", "mode_gate", "uniform")
        )

    def _evidence(self, row: Row, drawn: Evidence | None) -> Iterator[Evidence]:
        place = row.state.authenticated_at
        if place is not None:
            yield Evidence(place.path, place.line, f"`{row.state.authentication}` verifies the MCP endpoint")
        declared = row.entry.declared
        line = declared.function.line_of(declared.value)
        yield Evidence(declared.function.file.path, line, f"{row.title} is served beside it")
        yield from effect_evidence(row)
        if drawn is not None:
            yield drawn


def _told_only(analysis: Analysis, row: Row, handler: Function) -> Evidence | None:
    """Return what shows that only those know an address of a route who were told one, None where anybody may."""
    drawn = drawn_part(analysis.flow, row.name) if row.rank == 1 else None
    if drawn is not None:
        return Evidence(drawn.path, drawn.line, "the last part of the address is random")
    known = looked_up_part(analysis.flow, handler, row.name, row.rank)
    note = "a part of the address is looked up first"
    return Evidence(known.path, known.line, note) if known is not None else None


def _is_settled(row: Row) -> bool:
    """Tell whether the worst that a route does is a guess that callers have no part in, or to ask a model's service."""
    worst = [effect for effect in row.effects if effect.rank == row.rank]
    if row.rank == 1 and worst and all(only_asks(effect, effect.credentials) for effect in worst):
        return True
    return not row.sure and not any(is_chosen(label) for effect in worst for label in effect.arguments)
