"""Arguments of a call that choose another endpoint of a service that the server has a credential for."""

from collections.abc import Iterator, Mapping

from analyzers.authority.downstream import address_taints, is_in_path
from analyzers.authority.egress import BOUND
from analyzers.authority.taint import Taint, confidence
from analyzers.evidence.taint_drafts import Telling, by_sender, causes, drafts
from analyzers.finding import Confidence, Safety, Severity
from analyzers.fixes.query_parameters import bound_query
from analyzers.fixes.segments import plain_segments
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

DESTROY = 3


class PathInjectionIntoDownstreamUrl(Rule):
    """
    ## What it finds
    An argument of a call in the path, or written into the query, of an address on a fixed host that is requested with
    a credential of the server. What counts as harmless: a number, a list, a pattern without a slash,
    `quote(x, safe="")`, one name of a path; for queries `params=`. `quote(x)` alone keeps slashes.

    A request that an application of the program itself answers (`ASGITransport(app=...)`) needs no credential: there
    a path is reported that `..` leads out of.

    ## Why it matters
    The credential opens more than this tool was made for. `../admin/users` in an id, or `x&role=admin` in a query, is
    every endpoint that the credential can reach.

    ## Fix
    Match the id with a pattern as a whole, `[A-Za-z0-9_-]+`, before it goes into the path. Give queries as `params=`.
    """

    id = "path-injection-into-downstream-url"
    summary = "an argument chooses another endpoint of a downstream service"
    principle = "lateral_movement"
    severity = Severity.MEDIUM
    confidence = Confidence.MEDIUM
    cwe = ("CWE-22", "CWE-918", "CWE-88")
    owasp = ("MCP05",)
    spec = ("server/tools#security-considerations",)
    pattern = "destination-by-configuration"
    examples = (
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            HEADERS = {"Authorization": f"Bearer {os.environ['CRM_TOKEN']}"}

            @mcp.tool
            def customer(customer_id: str) -> dict:
                return httpx.get(f"https://crm.example.com/customers/{customer_id}", headers=HEADERS).json()  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import os
            import httpx
            from fastmcp import FastMCP
            import re

            mcp = FastMCP("crm")
            HEADERS = {"Authorization": f"Bearer {os.environ['CRM_TOKEN']}"}

            @mcp.tool
            def customer(customer_id: str) -> dict:
                if not re.fullmatch(r"[A-Za-z0-9_-]+", customer_id):
                    raise ValueError("bad customer_id")
                return httpx.get(f"https://crm.example.com/customers/{customer_id}", headers=HEADERS).json()

            mcp.run(transport="http")
            """,
            note="an id in a path",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            HEADERS = {"Authorization": f"Bearer {os.environ['CRM_TOKEN']}"}

            @mcp.tool
            def search(name: str) -> dict:
                return httpx.get(f"https://crm.example.com/search?name={name}", headers=HEADERS).json()  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            HEADERS = {"Authorization": f"Bearer {os.environ['CRM_TOKEN']}"}

            @mcp.tool
            def search(name: str) -> dict:
                return httpx.get("https://crm.example.com/search", headers=HEADERS, params={"name": name}).json()

            mcp.run(transport="http")
            """,
            note="a query written by hand",
        ),
        py(
            """
            from client import Client
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            client = Client()

            @mcp.tool
            async def remove(order_id: str) -> dict:
                return await client.call("DELETE", f"/orders/{order_id}")  # finding

            mcp.run(transport="http")
            """,
            client="""
            import os
            import httpx

            class Client:
                def __init__(self):
                    token = os.environ["CRM_TOKEN"]
                    self.http = httpx.AsyncClient(
                        base_url="https://crm.example.com", headers={"Authorization": f"Bearer {token}"}
                    )

                async def call(self, method, path):
                    return (await self.http.request(method, path)).json()
            """,
            note="put together for a helper that sends it",
        ),
        py(
            """
            import os
            import re
            from typing import Literal
            from urllib.parse import quote, urlencode
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_http_headers

            mcp = FastMCP("crm")
            HEADERS = {"Authorization": f"Bearer {os.environ['CRM_TOKEN']}"}
            KINDS = ("person", "company")

            def known_id(text: str) -> str:
                if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
                    raise ValueError("bad id")
                return text

            @mcp.tool
            def matched(key: str) -> dict:
                return httpx.get(f"https://crm.example.com/customers/{known_id(key)}", headers=HEADERS).json()

            @mcp.tool
            def number(key: int, part: Literal["a", "b"]) -> dict:
                return httpx.get(f"https://crm.example.com/customers/{key}/{part}", headers=HEADERS).json()

            @mcp.tool
            def quoted(key: str) -> dict:
                return httpx.get(f"https://crm.example.com/customers/{quote(key, safe='')}", headers=HEADERS).json()

            @mcp.tool
            def listed(kind: str, name: str) -> dict:
                if kind not in KINDS:
                    raise ValueError("no such kind")
                query = urlencode({"name": name})
                return httpx.get(f"https://crm.example.com/{kind}?{query}", headers=HEADERS).json()

            @mcp.tool
            def public(city: str) -> dict:
                return httpx.get(f"https://weather.example.com/cities/{city}").json()

            @mcp.tool
            def own(key: str) -> dict:
                token = get_http_headers(include={"authorization"})["authorization"]
                address = f"https://crm.example.com/customers/{key}"
                return httpx.get(address, headers={"Authorization": token}).json()

            mcp.run(transport="http")
            """,
            note="matched, typed, encoded, listed, without a credential, with the caller's own",
        ),
        py(
            """
            from client import client
            from sending import get
            from fastmcp import FastMCP

            mcp = FastMCP("notes")

            @mcp.tool
            async def read(path: str) -> dict:
                return await get(client, f"/projects/main/notes/{path}")  # finding

            @mcp.tool
            async def show(path: str) -> dict:
                if not is_inside(path):
                    raise ValueError("outside of the project")
                return await get(client, f"/projects/main/notes/{path}")

            def is_inside(path: str) -> bool:
                if not path:
                    return True
                if ".." in path:
                    return False
                return not path.startswith("/")

            @mcp.tool
            async def search(text: str) -> dict:
                return await get(client, f"/search?text={text}")

            mcp.run(transport="http")
            """,
            client="""
            import os
            from fastapi import FastAPI
            from httpx import ASGITransport, AsyncClient

            app = FastAPI()

            def connect() -> AsyncClient:
                if os.environ.get("NOTES_URL"):
                    return AsyncClient(base_url=os.environ["NOTES_URL"])
                return AsyncClient(transport=ASGITransport(app=app), base_url="http://notes")

            client = connect()
            """,
            sending="""
            from httpx import AsyncClient

            async def get(client: AsyncClient, url: str) -> dict:
                return (await client.get(url)).json()
            """,
            note="the program's own application, and paths that stay below their route",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point and each function that completes an address of its arguments."""
        found = [
            taint
            for taint in address_taints(analysis.rows)
            if taint.verdict.state != BOUND and (is_in_path(taint) or not taint.effect.inside)
        ]
        for cause in causes(analysis, found, by_sender):
            for taint in cause.taints:
                yield drafts(cause, taint, _telling(taint))

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Give the one argument behind `?name=` as a parameter of the request, or let only plain names into a path."""
        edits = bound_query(analysis.flow, (draft.location.path, draft.start, draft.end), texts)
        if edits:
            return Proposal("Give the query as parameters", Safety.SAFE, edits)
        return plain_segments(draft, analysis, texts)


def _telling(taint: Taint) -> Telling:
    """A query only changes what is asked of one endpoint; a path that is deleted does the most harm."""
    if taint.effect.inside:
        return _telling_inside(taint)
    in_path = is_in_path(taint)
    destroys = taint.effect.rank >= DESTROY and in_path
    severity = Severity.HIGH if destroys else Severity.MEDIUM if in_path else Severity.LOW
    where = "the path" if in_path else "the query"
    return Telling(
        message=f"{taint.row.title} writes {taint.named} into {where} of an address for the server's credential.",
        why=(
            "`../` and `&` in it choose another endpoint or another question. A model that was talked into it reaches "
            "everything that the credential does."
        ),
        doing="sends the request",
        group_message="entry points write arguments into an address that the server's credential opens.",
        severity=severity,
        confidence=Confidence.MEDIUM if taint.row.transport == "http" and taint.effect.sure else Confidence.LOW,
    )


def _telling_inside(taint: Taint) -> Telling:
    """What the program's own application gives, its tools give as a rule as well, though not all to this one."""
    return Telling(
        message=f"{taint.row.title} writes {taint.named} into the path of a request to its own application.",
        why=(
            "`../` in it chooses another route, of another project or for another purpose, and the application trusts "
            "what its own client asks."
        ),
        doing="sends the request",
        group_message="entry points write arguments into the path of a request to their own application.",
        severity=Severity.LOW if taint.effect.method == "GET" else Severity.MEDIUM,
        confidence=confidence(taint),
    )
