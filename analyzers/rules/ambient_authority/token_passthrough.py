"""The caller's token handed on to another service."""

from collections.abc import Iterator

import msgspec

from analyzers.authority.exposure import reached_by
from analyzers.evidence.swapped_tokens import Swap
from analyzers.evidence.taken_tokens import Taken, Use, evidence_of, uses
from analyzers.finding import Evidence, Severity
from analyzers.rule import Analysis, Draft, Rule, py

# So many modes of the process, all of which have to be off, leave it doubtful that there is one with a token.
SEVERAL = 2


class TokenPassthrough(Rule):
    """
    ## What it finds
    The bearer token that a caller sent to this server, or its whole `Authorization` header, reaching a request that the
    server makes to another service.

    A token that is exchanged, introspected or shown to its issuer is not reported, as where the service behind answers
    for each token, whichever way callers are signed in; and neither is a credential of another name that the caller
    sends for the downstream. Nor is the token that a proxy which signs callers in with a service tells tools of, since
    that is the service's own. All requests of a server to one destination are one finding, and so are all for which
    one helper takes the token up, which is where they are reported. One that is only taken up where other modes of
    the process are off, whose settings are not known to be so by default, is less sure.

    ## Why it matters
    The token was issued for this server. Whoever receives it can call this server as the user, and a downstream that
    accepts it accepts every token of the issuer: audience, audit and revocation end at the first hop. The
    specification forbids it.

    ## Fix
    Exchange the verified token in the call for one of the downstream's audience and this tool's scope, minutes long.
    """

    id = "token-passthrough"
    summary = "the caller's token is handed on to another service"
    principle = "ambient_authority"
    severity = Severity.HIGH
    cwe = ("CWE-441", "CWE-863")
    owasp = ("MCP01", "MCP07")
    spec = ("basic/authorization#token-handling", "tutorials/security/security_best_practices#token-passthrough")
    pattern = "credential-per-call"
    column = "credentials"
    examples = (
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            class Bearer(httpx.Auth):
                def __init__(self, token: str) -> None:
                    self.token = token

            class Orders:
                def __init__(self, http: httpx.AsyncClient) -> None:
                    self.http = http

                async def delete(self, number: int) -> None:
                    await self.http.delete(f"/orders/{number}")

                async def list(self) -> str:
                    return (await self.http.get("/orders")).text

            class Crm:
                def __init__(self, url: str, auth: httpx.Auth) -> None:
                    self.http = httpx.AsyncClient(base_url=url, auth=auth)
                    self.orders = Orders(self.http)

                @classmethod
                def for_token(cls, token: str) -> "Crm":
                    return cls("https://crm.internal", Bearer(token))

            mcp = FastMCP("crm", auth=verifier)

            @mcp.tool
            async def delete_order(number: int) -> str:  # finding
                await Crm.for_token(get_access_token().token).orders.delete(number)
                return "deleted"

            @mcp.tool
            async def list_orders() -> str:
                return await Crm.for_token(get_access_token().token).orders.list()

            mcp.run(transport="http")
            """,
            note="by way of a client; one finding for all that goes there",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("crm", auth=verifier)

            @mcp.tool
            def get_customer(number: str) -> str:
                headers = {"Authorization": f"Bearer {get_access_token().token}"}
                answer = httpx.get("https://crm.internal/customers", headers=headers)  # finding
                return answer.json().get("name", "")

            mcp.run(transport="http")
            """,
            note="the verified token itself; reading the answer sends nothing",
        ),
        py(
            """
            import jmespath
            import jq
            from crm_sdk import Crm
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("crm", auth=verifier)

            @mcp.tool
            def names(where: str) -> list:
                found = Crm(get_access_token().token).list_customers()  # finding
                chosen = jmespath.search("customers[*]", found)
                return jq.compile(where).input(chosen).all()

            mcp.run(transport="http")
            """,
            note="a client of a service, and libraries that compute in the process",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_http_headers

            mcp = FastMCP("crm")

            def client() -> httpx.AsyncClient:
                return httpx.AsyncClient(headers=get_http_headers(include_all=True))

            @mcp.tool
            async def get_customer(number: str) -> str:
                response = await client().get("https://crm.internal/customers", params={"n": number})  # finding
                return response.text

            mcp.run(transport="http")
            """,
            note="every inbound header, authorization included",
        ),
        py(
            """
            import httpx
            from mcp.server.auth.middleware.auth_context import get_access_token
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("crm", token_verifier=verifier, auth=settings)

            def call(path: str, token: str) -> str:
                return httpx.post(f"https://crm.internal/{path}", headers={"Authorization": token}).text

            @mcp.tool()
            def close_case() -> str:  # finding
                return forward("close")

            def forward(path: str) -> str:
                return call(path, "Bearer " + get_access_token().token)

            mcp.run(transport="streamable-http")
            """,
            note="through helpers",
        ),
        py(
            """
            import os
            import boto3
            import httpx
            import oci
            from azure.identity import OnBehalfOfCredential
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token, get_http_headers

            mcp = FastMCP("crm", auth=verifier)

            @mcp.tool
            def get_mail() -> str:
                credential = OnBehalfOfCredential(
                    tenant_id="t", client_id="c", client_secret=os.environ["S"], user_assertion=get_access_token().token
                )
                token = credential.get_token("https://graph.microsoft.com/Mail.Read").token
                headers = {"Authorization": f"Bearer {token}"}
                return httpx.get("https://graph.microsoft.com/v1.0/me", headers=headers).text

            def signed():
                secret = os.environ["S"]
                signer = oci.auth.signers.TokenExchangeSigner(get_access_token().token, "https://id", "c", secret)
                return oci.core.ComputeClient({}, **{"signer": signer})

            @mcp.tool
            def list_instances() -> list:
                return signed().list_instances("c").data

            @mcp.tool
            def get_ticket(number: str) -> str:
                own = get_http_headers()["x-tracker-token"]
                return httpx.get("https://tracker.internal/", headers={"Authorization": f"Bearer {own}"}).text

            @mcp.tool
            def get_session() -> str:
                return boto3.client("s3").get_object(Bucket="b", Key=f"{get_access_token().token}.json")["Body"].read()

            @mcp.tool
            def check_token() -> str:
                form = {"token": get_access_token().token}
                return httpx.post("https://id.example/oauth/introspect", data=form).text

            mcp.run(transport="http")
            """,
            note="on behalf of the caller, a credential for the downstream, an object's name, and introspection",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth import OAuthProxy
            from fastmcp.server.dependencies import get_access_token, get_http_headers

            proxy = OAuthProxy(
                upstream_authorization_endpoint="https://crm.internal/authorize",
                upstream_token_endpoint="https://crm.internal/token",
                upstream_client_id="shop",
                upstream_client_secret=os.environ["S"],
                token_verifier=verifier,
                base_url="https://shop.example",
            )
            mcp = FastMCP("crm", auth=proxy)

            @mcp.tool
            def list_cases() -> str:
                headers = {"Authorization": f"Bearer {get_access_token().token}"}
                return httpx.get("https://crm.internal/cases", headers=headers).text

            @mcp.tool
            def list_orders() -> str:
                inbound = get_http_headers(include_all=True)["authorization"]
                return httpx.get("https://orders.internal/", headers={"Authorization": inbound}).text  # finding

            mcp.run(transport="http")
            """,
            note="a proxy keeps the token of the service, the header holds the one that it issued",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point and destination that its requests carry the caller's token to."""
        for taken, found in uses(analysis):
            targets = sorted({use.target for use in found})
            for use in found:
                yield self._draft(use) if taken is None else self._taken_draft(use, taken, targets)

    def _taken_draft(self, use: Use, taken: Taken, targets: list[str]) -> Draft:
        """Return the finding where the token is taken up, which is the cause of all that is done with it."""
        function, node = taken.function, taken.function.facts.values[taken.value]
        location = function.location(node.start, node.end)
        place = Evidence(location.path, location.span.start.line, "the caller's own token is taken up here")
        cause = f"{reached_by(use.row).id}|{function.facts.qualname}"
        draft = self._draft(use)
        return msgspec.structs.replace(
            draft,
            path=location.path,
            location=location,
            evidence=(place, *(draft.evidence if use.seen else draft.evidence[:0])),
            group=cause,
            group_message=f"entry points hand the caller's own token on to {' and '.join(targets)}.",
            telling=int(use.seen),
        )

    def _draft(self, use: Use) -> Draft:
        row, effect, target, swap, _, modes = use
        path, start, end = effect.origin
        handler = row.entry.inner or row.entry.handler
        if handler is None:
            raise ValueError(row.key)
        inside = handler.file.path == path and handler.facts.start <= start < handler.facts.end
        begin, stop = (start, end) if inside else (handler.facts.start, handler.facts.head_end)
        cause = f"{row.entry.server.id}|{target}"
        return Draft(
            key=f"{row.key}|{target}",
            path=handler.file.path,
            location=handler.location(begin, stop),
            message=f"{row.title} hands the caller's own token on to {target}.",
            why=(
                "The token was issued for this server; whoever receives it can act as the caller here and wherever "
                "else it is accepted. The specification forbids passing it through: exchange it instead."
            ),
            severity=Severity.HIGH if swap is Swap.NEVER and modes < SEVERAL else Severity.MEDIUM,
            confidence=row.confidence().lowered(modes),
            evidence=tuple(evidence_of(use)),
            rows=(row.key,),
            group=cause,
            group_message=f"entry points hand the caller's own token on to {target}.",
            standing=cause,
        )
