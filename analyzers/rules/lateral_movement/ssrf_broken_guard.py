"""Checks of a destination that another spelling passes by."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.authority.egress import (
    BROKEN,
    Exposure,
    bound_by,
    confidence,
    evidence,
    identity,
    listed,
    root_causes,
)
from analyzers.evidence.browsers import gravity
from analyzers.finding import Safety, Severity
from analyzers.fixes.host_tests import mended_test
from analyzers.fixes.hosts import allowlist_edits
from analyzers.flow.skipped_items import UNREAD_SCOPE
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class SsrfBrokenGuard(Rule):
    """
    ## What it finds
    A request to an address from the caller with a check in front of it that does not bound the host: a prefix that
    does not end it (`https://api.example.com`), a suffix without its dot, a part found anywhere in the address,
    membership in one string, a pattern that is not anchored, a list of forbidden names or addresses, `is_private`
    alone, or a test of literal addresses that any name passes. And a prefix that ends in the name of an owner or
    project on a host that many share (`https://raw.githubusercontent.com/acme`), which longer names pass.

    ## Why it matters
    Such a check reads like protection and stops nobody who knows it: `https://api.example.com.evil.example` has the
    prefix, `2130706433` is 127.0.0.1 in no list, and a name may resolve to whatever its owner likes.

    ## Fix
    Parse the address and compare its host, as a whole, with a list of hosts; compare the scheme too. Where any public
    address is the product, test what the name resolves to, at the connection itself.
    """

    id = "ssrf-broken-guard"
    summary = "a check of a destination can be passed by"
    principle = "lateral_movement"
    severity = Severity.HIGH
    cwe = ("CWE-918", "CWE-20", "CWE-1287")
    owasp = ("MCP05",)
    spec = ("server/tools#security-considerations", "tutorials/security/security_best_practices#ssrf")
    pattern = "destination-by-configuration"
    examples = (
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")

            @mcp.tool
            async def read(url: str) -> str:
                if not url.startswith("https://docs.example.com"):
                    raise ToolError("not a page of the documentation")
                async with httpx.AsyncClient() as client:
                    return (await client.get(url)).text  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")

            @mcp.tool
            async def read(url: str) -> str:
                if not url.startswith("https://docs.example.com/"):
                    raise ToolError("not a page of the documentation")
                async with httpx.AsyncClient() as client:
                    return (await client.get(url)).text

            mcp.run(transport="http")
            """,
        ),
        py(
            """
            import httpx
            from urllib.parse import urlsplit
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com"}

            @mcp.tool
            async def read(url: str) -> str:
                parts = urlsplit(url)
                if parts.scheme != "https" or parts.netloc.split(":")[0] not in HOSTS:
                    raise ToolError("not a page of the documentation")
                async with httpx.AsyncClient() as client:
                    return (await client.get(url)).text  # finding

            @mcp.tool
            async def head(url: str) -> str:
                host = urlsplit(url).netloc.split("@")[-1].split(":")[0]
                if host not in HOSTS:
                    raise ToolError("not a page of the documentation")
                async with httpx.AsyncClient() as client:
                    return (await client.head(url)).text

            mcp.run(transport="http")
            """,
            fixed="""
            import httpx
            from urllib.parse import urlsplit
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("docs")
            HOSTS = {"docs.example.com"}

            @mcp.tool
            async def read(url: str) -> str:
                parts = urlsplit(url)
                if parts.scheme != "https" or parts.hostname not in HOSTS:
                    raise ToolError("not a page of the documentation")
                async with httpx.AsyncClient() as client:
                    return (await client.get(url)).text

            @mcp.tool
            async def head(url: str) -> str:
                host = urlsplit(url).netloc.split("@")[-1].split(":")[0]
                if host not in HOSTS:
                    raise ToolError("not a page of the documentation")
                async with httpx.AsyncClient() as client:
                    return (await client.head(url)).text

            mcp.run(transport="http")
            """,
            note="what stands before the first colon may be the user of another host",
        ),
        py(
            """
            import re
            import requests
            from urllib.parse import urlparse
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("guards")
            BLOCKED = ["localhost", "127.0.0.1", "169.254.169.254"]
            HOSTS = "docs.example.com,api.example.com"

            @mcp.tool()
            def contained(url: str) -> str:
                if "example.com" not in url:
                    raise ValueError("not allowed")
                return requests.get(url).text  # finding

            @mcp.tool()
            def suffix(url: str) -> str:
                if not urlparse(url).hostname.endswith("example.com"):
                    raise ValueError("not allowed")
                return requests.get(url).text  # finding

            @mcp.tool()
            def forbidden(url: str) -> str:
                if urlparse(url).hostname in BLOCKED:
                    raise ValueError("not allowed")
                return requests.get(url).text  # finding

            @mcp.tool()
            def pattern(url: str) -> str:
                if not re.match("https://docs.example.com", url):
                    raise ValueError("not allowed")
                return requests.get(url).text  # finding

            @mcp.tool()
            def joined(url: str) -> str:
                if urlparse(url).hostname not in HOSTS:
                    raise ValueError("not allowed")
                return requests.get(url).text  # finding

            mcp.run(transport="streamable-http")
            """,
            note="six checks that do not hold",
        ),
        py(
            """
            import ipaddress
            import socket
            import requests
            from urllib.parse import urlparse
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("addresses")

            def is_forbidden(host: str) -> bool:
                try:
                    return ipaddress.ip_address(host).is_private
                except ValueError:  # finding
                    return False

            @mcp.tool()
            def literal(url: str) -> str:
                if is_forbidden(urlparse(url).hostname):
                    raise ValueError("not allowed")
                return requests.get(url).text

            @mcp.tool()
            def alone(url: str) -> str:
                address = socket.gethostbyname(urlparse(url).hostname)
                if ipaddress.ip_address(address).is_private:
                    raise ValueError("not allowed")
                return requests.get(url).text  # finding

            mcp.run()
            """,
            note="an error taken for a name, one property alone",
        ),
        py(
            """
            import re
            import requests
            from urllib.parse import urlparse
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("guards")
            DOMAINS = ("example.com", "example.org")

            @mcp.tool()
            def prefix(url: str) -> str:
                if not url.startswith(("https://docs.example.com/", "https://api.example.com/")):
                    raise ValueError("not allowed")
                return requests.get(url).text

            @mcp.tool()
            def suffix(url: str) -> str:
                host = urlparse(url).hostname or ""
                if not (host == "example.com" or host.endswith(".example.com")):
                    raise ValueError("not allowed")
                return requests.get(url).text

            @mcp.tool()
            def any_of(url: str) -> str:
                host = urlparse(url).hostname or ""
                if not any(host == domain or host.endswith("." + domain) for domain in DOMAINS):
                    raise ValueError("not allowed")
                return requests.get(url).text

            @mcp.tool()
            def pattern(url: str) -> str:
                if not re.match(r"^https://docs\\.example\\.com/", url):
                    raise ValueError("not allowed")
                return requests.get(url).text

            @mcp.tool()
            def both(url: str) -> str:
                if not url.startswith("https://"):
                    raise ValueError("not allowed")
                if urlparse(url).hostname not in DOMAINS:
                    raise ValueError("not allowed")
                return requests.get(url).text

            @mcp.tool()
            def together(url: str) -> str:
                parts = urlparse(url)
                if (parts.scheme, parts.hostname) != ("https", "docs.example.com"):
                    raise ValueError("not allowed")
                return requests.get(url).text

            def within(url: str, prefixes: tuple[str, ...]):
                parts = urlparse(url)
                for prefix in prefixes:
                    base = urlparse(prefix)
                    if (parts.scheme, parts.hostname) == (base.scheme, base.hostname):
                        return parts
                raise ValueError("not allowed")

            @mcp.tool()
            def of_settings(url: str) -> str:
                if not url.lower().startswith(("http:", "https:")):
                    raise ValueError("not allowed")
                within(url, settings.prefixes)
                return requests.get(url).text

            mcp.run(transport="streamable-http")
            """,
            note="the same checks where they hold, also of scheme and host together",
        ),
        py(
            """
            import requests
            from mcp.server.fastmcp import FastMCP
            from allowed import is_allowed

            mcp = FastMCP("pages")

            @mcp.tool()
            def page(url: str) -> str:
                if not is_allowed(url):
                    raise ValueError("not allowed")
                return requests.get(url, allow_redirects=False).text

            @mcp.tool()
            def project(url: str) -> str:
                if not url.startswith("https://raw.githubusercontent.com/acme/"):
                    raise ValueError("not allowed")
                return requests.get(url, allow_redirects=False).text

            @mcp.tool()
            def version(url: str) -> str:
                if not url.startswith("https://api.example.com/v1"):
                    raise ValueError("not allowed")
                return requests.get(url, allow_redirects=False).text

            mcp.run(transport="streamable-http")
            """,
            allowed="""
            PAGES = ("https://docs.example.com/", "https://acme.github.io/handbook")

            def is_allowed(url: str) -> bool:
                for prefix in PAGES:
                    if url.startswith(prefix):  # finding
                        return True
                return False
            """,
            note="the name of a project, which others begin with; an owner's name that ends; a host of its own",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point whose request only broken guards precede."""
        for cause in root_causes(analysis.rows, BROKEN):
            for exposure in listed(cause):
                yield self._draft(exposure, cause, analysis)
        for exposure in bound_by(analysis.rows, "part", "whole"):
            if exposure.verdict.bypass:
                draft = self._draft(exposure, [exposure], analysis)
                why = f"It bounds the host, and not whose pages of it are read: {exposure.verdict.bypass}."
                yield msgspec.structs.replace(draft, why=why, severity=Severity.LOW)

    def _draft(self, exposure: Exposure, cause: list[Exposure], analysis: Analysis) -> Draft:
        effect, guard = cause[0].effect, exposure.verdict.place or exposure.effect.place
        bypass = f"broken: {exposure.verdict.bypass}"
        grave = gravity(analysis, exposure)
        elsewhere = guard._replace(line=0) != effect.place._replace(line=0)
        location = analysis.program.files[effect.origin[0]].location(*effect.origin[1:])
        if elsewhere:
            location = analysis.program.files[guard.path].line_location(guard.line)
        return Draft(
            key=f"{exposure.row.key}|{identity(effect)}",
            path=exposure.row.entry.declared.function.file.path,
            location=location,
            message=f"The check in front of the request of {exposure.row.title} can be passed by.",
            why=(
                f"It does not bound the host: {exposure.verdict.bypass}. A model that a page or a mail talked into it "
                "can still send the server to cloud metadata, internal services and the machine itself."
            ),
            severity=min(grave, Severity.MEDIUM) if bypass == UNREAD_SCOPE else grave,
            confidence=confidence(exposure),
            evidence=tuple(evidence(exposure, cause)),
            rows=(exposure.row.key,),
            group=f"{guard.path}|{guard.symbol}" if elsewhere else f"{effect.origin[0]}|{identity(effect)}",
            group_message="entry points share a check of their requests that can be passed by.",
            start=effect.origin[1],
            end=effect.origin[2],
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Mend the text that is tested, where a character is what is missing; else compare the host with a list."""
        mended = mended_test(draft, analysis.program, texts)
        if mended is not None:
            return mended
        origin = _request(draft, analysis)
        edits = allowlist_edits(analysis.program, origin, texts, analysis.policy.allowed_hosts) if origin else ()
        return Proposal("Connect to listed hosts only", Safety.REVIEW, edits) if edits else None


def _request(draft: Draft, analysis: Analysis) -> tuple[str, int, int] | None:
    """Return the request that a draft is about, as path, start and end."""
    for cause in root_causes(analysis.rows, BROKEN):
        origin = cause[0].effect.origin
        if origin[1:] == (draft.start, draft.end) and any(item.row.key in draft.rows for item in cause):
            return origin
    return None
