"""Requests by a name whose address was tested before, and is looked up again."""

from collections.abc import Iterator

from analyzers.authority.egress import Exposure, bound_by, confidence, evidence, identity
from analyzers.finding import Confidence, Severity
from analyzers.rule import Analysis, Draft, Rule, py


class SsrfResolveThenConnect(Rule):
    """
    ## What it finds
    A request to a name from the caller whose address was looked up and tested first, where the request looks the name
    up again: nothing makes it connect to the address that was tested.

    ## Why it matters
    Whoever owns the name answers the first question with a public address and the second, a moment later, with
    169.254.169.254. The test was right and the request goes somewhere else (DNS rebinding).

    ## Fix
    It takes a name server and a moment's luck, so this is told in the list of findings and not as a comment.
    Test at the connection itself: a network backend or a resolver of the client that looks the name up once, tests
    every address and connects to one of them. Or send such requests through a proxy that does.
    """

    id = "ssrf-resolve-then-connect"
    summary = "a name is looked up again after its address was tested"
    principle = "lateral_movement"
    severity = Severity.MEDIUM
    confidence = Confidence.LOW
    cwe = ("CWE-367", "CWE-350", "CWE-918")
    owasp = ("MCP05",)
    spec = ("tutorials/security/security_best_practices#ssrf",)
    pattern = "destination-by-configuration"
    examples = (
        py(
            """
            import ipaddress
            import socket
            from urllib.parse import urlsplit
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("pages")
            PRIVATE = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("127.0.0.0/8"))

            def refuse_private(url: str) -> None:
                parts = urlsplit(url)
                if parts.scheme not in ("http", "https"):
                    raise ValueError("only http and https")
                for found in socket.getaddrinfo(parts.hostname, 443):
                    address = ipaddress.ip_address(found[4][0])
                    for network in PRIVATE:
                        if address in network:
                            raise ValueError("private")

            @mcp.tool
            def read_page(url: str) -> str:
                refuse_private(url)
                return httpx.get(url).text  # finding

            mcp.run(transport="http")
            """,
            note="each address is compared with each network",
        ),
        py(
            """
            import ipaddress
            import socket
            from urllib.parse import urlsplit
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("web")

            def require_public(url: str) -> None:
                for info in socket.getaddrinfo(urlsplit(url).hostname, 443):
                    address = ipaddress.ip_address(info[4][0])
                    if not address.is_global or address.is_multicast:
                        raise ToolError("destination not allowed")

            @mcp.tool
            def read(url: str) -> str:
                require_public(url)
                return httpx.get(url).text  # finding

            mcp.run(transport="http")
            """,
            note="looked up, tested, and looked up again",
        ),
        py(
            """
            import ipaddress
            import socket
            from urllib.parse import urlsplit
            import httpcore
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("web")
            HOSTS = {"docs.example.com"}

            async def refuse_private(request: httpx.Request) -> None:
                if not ipaddress.ip_address(socket.gethostbyname(request.url.host)).is_global:
                    raise ToolError("destination not allowed")

            @mcp.tool
            async def hooked(url: str) -> str:
                async with httpx.AsyncClient(event_hooks={"request": [refuse_private]}) as client:
                    return (await client.get(url)).text

            @mcp.tool
            def listed(url: str) -> str:
                if urlsplit(url).hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                return httpx.get(url).text

            @mcp.tool
            def pinned(host: str) -> str:
                address = socket.gethostbyname(host)
                if not ipaddress.ip_address(address).is_global:
                    raise ToolError("destination not allowed")
                return httpx.get(f"http://{address}/", headers={"Host": host}).text

            mcp.run(transport="http")
            """,
            note="tested at the connection, a list, and a request to the address that was tested",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point whose request looks a tested name up again."""
        for exposure in bound_by(analysis.rows, "address"):
            yield self._draft(exposure, analysis)

    def _draft(self, exposure: Exposure, analysis: Analysis) -> Draft:
        effect = exposure.effect
        remote = exposure.row.transport in ("http", "both")
        return Draft(
            key=f"{exposure.row.key}|{identity(effect)}",
            path=exposure.row.entry.declared.function.file.path,
            location=analysis.program.files[effect.origin[0]].location(*effect.origin[1:]),
            message=f"The request of {exposure.row.title} looks its host up again after the address was tested.",
            why=(
                "Whoever owns the name can answer the first question with a public address and the second with an "
                "internal one, so the test does not say where the request goes."
            ),
            severity=Severity.MEDIUM if remote else Severity.LOW,
            confidence=min(confidence(exposure), Confidence.LOW),
            evidence=tuple(evidence(exposure, [exposure])),
            rows=(exposure.row.key,),
            group=f"{effect.origin[0]}|{identity(effect)}",
            group_message="entry points share a request that looks its host up again after the address was tested.",
            start=effect.origin[1],
            end=effect.origin[2],
        )
