"""Requests whose host was checked, and which go wherever the answer says next."""

from collections.abc import Iterator, Mapping

from analyzers.authority.egress import Exposure, bound_by, confidence, evidence, identity
from analyzers.finding import Safety, Severity
from analyzers.fixes.hosts import without_redirects
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class SsrfRedirectAfterCheck(Rule):
    """
    ## What it finds
    A request whose host was compared with a list, or whose address was tested, and which follows redirects: because
    it says so, or because its library does unless told otherwise (`requests`, `aiohttp`, `urllib`).

    ## Why it matters
    The check covers the first address alone. A page on an allowed host that redirects, and most hosts have one, sends
    the server on to cloud metadata or to an internal service, with the check behind it.

    ## Fix
    Turn redirects off, or follow them yourself and check each address as the first.
    """

    id = "ssrf-redirect-after-check"
    summary = "redirects lead past the check of a destination"
    principle = "lateral_movement"
    severity = Severity.MEDIUM
    cwe = ("CWE-918", "CWE-601")
    owasp = ("MCP05",)
    spec = ("tutorials/security/security_best_practices#ssrf",)
    pattern = "destination-by-configuration"
    examples = (
        py(
            """
            from urllib.parse import urlsplit
            import requests
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com", "api.example.com"}

            @mcp.tool
            def read(url: str) -> str:
                parts = urlsplit(url)
                if parts.scheme != "https" or parts.hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                return requests.get(url, timeout=10).text  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            from urllib.parse import urlsplit
            import requests
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com", "api.example.com"}

            @mcp.tool
            def read(url: str) -> str:
                parts = urlsplit(url)
                if parts.scheme != "https" or parts.hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                return requests.get(url, timeout=10, allow_redirects=False).text

            mcp.run(transport="http")
            """,
            note="a library that follows unless told otherwise",
        ),
        py(
            """
            from urllib.parse import urlsplit
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com", "api.example.com"}

            def allowed(url: str) -> bool:
                return urlsplit(url).hostname in HOSTS

            @mcp.tool
            async def read(url: str) -> str:
                if not allowed(url):
                    raise ToolError("destination not allowed")
                async with httpx.AsyncClient(follow_redirects=True) as client:
                    return (await client.get(url)).text  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            from urllib.parse import urlsplit
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com", "api.example.com"}

            def allowed(url: str) -> bool:
                return urlsplit(url).hostname in HOSTS

            @mcp.tool
            async def read(url: str) -> str:
                if not allowed(url):
                    raise ToolError("destination not allowed")
                async with httpx.AsyncClient(follow_redirects=True) as client:
                    return (await client.get(url, follow_redirects=False)).text

            mcp.run(transport="http")
            """,
            note="a client that follows",
        ),
        py(
            """
            from urllib.parse import urlsplit
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com", "api.example.com"}

            def any_client(follow_redirects: bool = True) -> httpx.AsyncClient:
                return httpx.AsyncClient(follow_redirects=follow_redirects)

            @mcp.tool
            async def switched_off(url: str) -> str:
                if urlsplit(url).hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                async with any_client(follow_redirects=False) as client:
                    return (await client.get(url)).text

            @mcp.tool
            async def made_elsewhere(url: str) -> str:
                if urlsplit(url).hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                async with any_client() as client:
                    return (await client.get(url)).text  # finding

            mcp.run(transport="http")
            """,
            note="a client whose maker is told whether it follows",
        ),
        py(
            """
            import ipaddress
            import socket
            from urllib.parse import urlsplit
            import httpx
            import requests
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com", "api.example.com"}
            PAGES = ("https://docs.example.com/start", "https://docs.example.com/end")

            def require_public(url: str) -> None:
                if not ipaddress.ip_address(socket.gethostbyname(urlsplit(url).hostname)).is_global:
                    raise ToolError("destination not allowed")

            async def refuse_private(request: httpx.Request) -> None:
                require_public(str(request.url))

            def within(hosts: set[str]):
                async def refuse(response: httpx.Response) -> None:
                    if response.has_redirect_location and response.next_request.url.host not in hosts:
                        raise ToolError("destination not allowed")

                return refuse

            def docs_client(hosts: set[str]) -> httpx.AsyncClient:
                return httpx.AsyncClient(event_hooks={"response": [within(hosts)]})

            @mcp.tool
            async def followed(url: str) -> str:
                if urlsplit(url).hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                async with docs_client(HOSTS) as client:
                    return (await client.get(url, follow_redirects=True)).text

            @mcp.tool
            async def default(url: str) -> str:
                if urlsplit(url).hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                async with httpx.AsyncClient() as client:
                    return (await client.get(url)).text

            @mcp.tool
            async def each(url: str) -> str:
                async with httpx.AsyncClient(event_hooks={"request": [refuse_private]}) as client:
                    return (await client.get(url, follow_redirects=True)).text

            @mcp.tool
            def page(url: str) -> str:
                if url not in PAGES:
                    raise ToolError("no such page")
                return requests.get(url).text

            @mcp.tool
            def fixed(name: str) -> str:
                return requests.get("https://docs.example.com/", params={"q": name}).text

            mcp.run(transport="http")
            """,
            note="a library that does not follow, a check of each connection, whole addresses, a constant host",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point whose checked request follows redirects."""
        for exposure in bound_by(analysis.rows, "part", "address", "tested"):
            if exposure.effect.redirects:
                yield self._draft(exposure, analysis)

    def _draft(self, exposure: Exposure, analysis: Analysis) -> Draft:
        effect = exposure.effect
        return Draft(
            key=f"{exposure.row.key}|{identity(effect)}",
            path=exposure.row.entry.declared.function.file.path,
            location=analysis.program.files[effect.origin[0]].location(*effect.origin[1:]),
            message=f"The request of {exposure.row.title} follows redirects past the check of its host.",
            why=(
                "Only the first address was checked. A redirect on an allowed host sends the server on to cloud "
                "metadata or to an internal service."
            ),
            severity=Severity.MEDIUM,
            confidence=confidence(exposure),
            evidence=tuple(evidence(exposure, [exposure])),
            rows=(exposure.row.key,),
            group=f"{effect.origin[0]}|{identity(effect)}",
            group_message="entry points share a request that follows redirects past the check of its host.",
            start=effect.origin[1],
            end=effect.origin[2],
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Turn redirects off in the request."""
        edit = without_redirects(analysis, (draft.location.path, draft.start, draft.end), texts)
        return Proposal("Follow no redirect", Safety.SAFE, (edit,)) if edit is not None else None
