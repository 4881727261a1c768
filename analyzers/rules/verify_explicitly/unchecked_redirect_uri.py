"""Authorization endpoints that send codes to whatever address a request names."""

from collections.abc import Iterator

from analyzers.authority.servers import ServerState
from analyzers.evidence.redirect_addresses import ADDRESS, carries_code, is_asked, stated_addresses
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, Rule, place_key, py

# What answers with an address to go to, and what the address is called there.
REDIRECTS = {
    "starlette.responses.RedirectResponse": "url",
    "fastapi.responses.RedirectResponse": "url",
    "flask.redirect": "location",
    "quart.redirect": "location",
}
NAMES = ("RedirectResponse", "redirect")


class UncheckedRedirectUri(Rule):
    """
    ## What it finds
    A route beside an MCP server that answers an authorization request itself: it sends a code to the `redirect_uri` of
    the request, which it compares with nothing. Asking for a scheme alone is no comparison.

    ## Why it matters
    Whoever has somebody open a link that names an address of their own is sent that person's code, exchanges it for a
    token, and calls every tool as that person. `PKCE` does not help: the same link says what the code is bound to.

    ## Fix
    Keep the redirect addresses that a client registers, and refuse a request whose `redirect_uri` is not exactly one of
    them, before anything is sent there. Compare it once more where the code is exchanged.
    """

    id = "unchecked-redirect-uri"
    summary = "an authorization code goes to any address that a request names"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-601", "CWE-346")
    owasp = ("MCP07", "MCP01")
    spec = ("basic/authorization#open-redirection",)
    pattern = "authenticated-resource-server"
    examples = (
        py(
            """
            import secrets
            from urllib.parse import urlencode
            from fastmcp import FastMCP
            from starlette.responses import JSONResponse, RedirectResponse

            mcp = FastMCP("vault")
            clients, codes = {}, {}

            @mcp.custom_route("/authorize", methods=["GET"])
            async def authorize(request):
                redirect_uri = request.query_params.get("redirect_uri", "")
                if not redirect_uri.startswith("https://"):
                    return JSONResponse({"error": "invalid_request"}, status_code=400)
                code = secrets.token_urlsafe(32)
                codes[code] = request.query_params["client_id"]
                clients.setdefault(codes[code], [])
                if redirect_uri not in clients[codes[code]]:
                    clients[codes[code]].append(redirect_uri)
                separator = "&" if "?" in redirect_uri else "?"
                return RedirectResponse(f"{redirect_uri}{separator}{urlencode({'code': code})}")  # finding

            mcp.run(transport="http")
            """,
            note="any address, as long as it is encrypted, which is registered on the way",
        ),
        py(
            """
            import secrets
            from urllib.parse import urlencode
            from fastapi import FastAPI, Form
            from fastapi.responses import RedirectResponse
            from fastmcp import FastMCP

            mcp = FastMCP("vault")
            app = FastAPI()

            @app.post("/authorize")
            async def approve(client_id: str = Form(...), redirect_uri: str = Form(...)):
                params = {"code": secrets.token_urlsafe(32)}
                url = f"{redirect_uri}?" + urlencode(params)
                return RedirectResponse(url, status_code=302)  # finding

            app.mount("/", mcp.http_app())
            """,
            note="a field of a form",
        ),
        py(
            """
            import secrets
            from urllib.parse import urlencode
            from fastmcp import FastMCP
            from starlette.responses import JSONResponse, RedirectResponse

            mcp = FastMCP("vault")
            clients = {"desktop": ["http://127.0.0.1/callback"]}

            def is_registered(client, address):
                return address in clients.get(client, [])

            @mcp.custom_route("/authorize", methods=["GET"])
            async def authorize(request):
                redirect_uri = request.query_params.get("redirect_uri", "")
                if redirect_uri not in clients.get(request.query_params["client_id"], []):
                    return JSONResponse({"error": "invalid_request"}, status_code=400)
                return RedirectResponse(f"{redirect_uri}?{urlencode({'code': secrets.token_urlsafe(32)})}")

            @mcp.custom_route("/approve", methods=["POST"])
            async def approve(request):
                form = await request.form()
                if not is_registered(form["client_id"], form["redirect_uri"]):
                    return JSONResponse({"error": "invalid_request"}, status_code=400)
                return RedirectResponse(form["redirect_uri"] + "?" + urlencode({"code": secrets.token_urlsafe(32)}))

            mcp.run(transport="http")
            """,
            note="only the addresses that a client registered",
        ),
        py(
            """
            from urllib.parse import urlencode
            from fastmcp import FastMCP
            from starlette.responses import RedirectResponse

            mcp = FastMCP("vault")

            @mcp.custom_route("/login", methods=["GET"])
            async def login(request):
                asked = {"redirect_uri": request.query_params["redirect_uri"], "response_type": "code"}
                return RedirectResponse("https://id.example/authorize?" + urlencode(asked))

            mcp.run(transport="http")
            """,
            note="the issuer, which checks the address itself",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each redirect that carries a code to an address nothing is asked of."""
        for function, call, name in analysis.calls(*NAMES):
            keyword = REDIRECTS.get(name)
            addresses = stated_addresses(function) if keyword is not None else frozenset[int]()
            target = argument_of(function.facts.values[call], keyword or "", 0) if addresses else -1
            if target < 0 or not _begins_with(function, target, addresses) or not carries_code(function, target):
                continue
            if is_asked(function, addresses, analysis.flow.resolver):
                continue
            served = [state for state in analysis.servers_beside(function) if state.transport != "stdio"]
            if served:
                yield self._draft(analysis, function, call, served)

    def _draft(self, analysis: Analysis, function: Function, call: int, served: list[ServerState]) -> Draft:
        node = function.facts.values[call]
        return Draft(
            key=place_key(function, call),
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"`{function.facts.name}` sends an authorization code to any `{ADDRESS}` that a request names.",
            why=(
                "A link that names another's address has the code of whoever opens it sent there, and with the code "
                "goes a token of that person: every tool runs on their behalf."
            ),
            severity=self.severity,
            confidence=Confidence.MEDIUM,
            evidence=(
                Evidence(function.file.path, function.line_of(call), f"the code is sent to `{ADDRESS}` of the request"),
            ),
            rows=tuple(row.key for row in analysis.rows if row.state in served and row.entry.kind == "tool"),
            start=node.start,
            end=node.end,
        )


def _begins_with(function: Function, value: int, addresses: frozenset[int]) -> bool:
    """Tell whether a text begins with an address, not with one that is written down."""
    node = function.facts.values[value]
    while value not in addresses:
        if node.op not in ("template", "+", "binary", "concat", "call", "phi") or not node.args:
            return False
        # Of a call what it is given: `str(address)`, `add_query(address, code)`.
        value = node.args[1 if node.op == "call" and len(node.args) > 1 else 0]
        node = function.facts.values[value]
    return True
