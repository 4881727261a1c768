"""Requests to a host that the caller chooses."""

from collections.abc import Iterator, Mapping

from analyzers.authority.egress import OPEN, Exposure, confidence, evidence, identity, listed, root_causes
from analyzers.authority.taint import in_words
from analyzers.evidence.browsers import ELSEWHERE, gravity, runs_elsewhere
from analyzers.finding import Safety, Severity
from analyzers.fixes.hosts import allowlist_edits, without_redirects
from analyzers.flow.destinations import UNLISTED
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class SsrfModelControlledHost(Rule):
    """
    ## What it finds
    A request whose scheme, host or port an entry point takes from its caller, with nothing in front of it that bounds
    where it can go. Requests count however they are made: HTTP clients, WebSockets, browsers, feed and page readers,
    clients of other MCP servers, `curl` in a subprocess. `f"https://api.example.com{x}"` gives the host away,
    `f"https://api.example.com/{x}"` does not; neither a client's base URL nor `urljoin` bounds an absolute address.

    A check of the parsed host against a list, of the addresses it resolves to, or a lookup in a table of addresses
    bounds a request, in the handler, a helper, a hook or a transport of the client, also where an operator's switch can
    turn it off; a check of the scheme alone bounds none. Parameters that can only be numbers or a few constants are
    harmless.

    ## Why it matters
    The address is written by a model that reads web pages, tickets and mails. Whoever writes those can send the server
    to cloud metadata, to internal services and to the machine itself, and read the answer in the conversation. For a
    product that fetches any page this is no reason to bound nothing: its egress must be.

    ## Fix
    Let the caller choose a key and keep the addresses in configuration, or compare the parsed host with a list in front
    of the request and follow no redirect. Where any public address is the product, test the address at the connection
    itself, or send the traffic through a filtering proxy.
    """

    id = "ssrf-model-controlled-host"
    summary = "the caller chooses the host of a request"
    principle = "lateral_movement"
    severity = Severity.HIGH
    cwe = ("CWE-918",)
    owasp = ("MCP05", "MCP10")
    spec = ("server/tools#security-considerations", "tutorials/security/security_best_practices#ssrf")
    pattern = "destination-by-configuration"
    examples = (
        py(
            """
            import re
            from urllib.parse import urljoin
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("records", auth=verifier)
            KIND = re.compile(r"^[A-Z][A-Za-z0-9]{0,63}$")
            LOOSE = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")

            def validated(kind: str) -> str:
                if not isinstance(kind, str) or not KIND.match(kind):
                    raise ValueError("no such kind")
                return kind

            @mcp.tool
            def read(kind: str) -> str:
                validated(kind)
                return httpx.get(urljoin("https://records.example/r4/", f"{kind}/1")).text

            @mcp.tool
            def peek(kind: str) -> str:
                if not LOOSE.search(kind):
                    raise ValueError("no such kind")
                return httpx.get(urljoin("https://records.example/r4/", kind)).text  # finding

            mcp.run(transport="http")
            """,
            note="a compiled pattern of the module leaves no room for a host",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("reader")

            @mcp.tool
            async def fetch(url: str) -> str:
                \"\"\"Fetch a page.\"\"\"
                async with httpx.AsyncClient() as client:
                    return (await client.get(url)).text  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import httpx
            from fastmcp import FastMCP
            from urllib.parse import urlsplit

            # Decide: the hosts that this server may reach.
            ALLOWED_HOSTS: frozenset[str] = frozenset()

            mcp = FastMCP("reader")

            @mcp.tool
            async def fetch(url: str) -> str:
                \"\"\"Fetch a page.\"\"\"
                async with httpx.AsyncClient() as client:
                    if urlsplit(url).scheme != "https" or urlsplit(url).hostname not in ALLOWED_HOSTS:
                        raise ValueError("destination not allowed")
                    return (await client.get(url)).text

            mcp.run(transport="http")
            """,
        ),
        py(
            """
            from pydantic import BaseModel
            from urllib.parse import urljoin
            import requests
            import subprocess
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("tools")
            API = "https://api.example.com"

            class Hook(BaseModel):
                address: str
                text: str

            @mcp.tool()
            def notify(hook: Hook) -> None:
                requests.post(hook.address, json={"text": hook.text})  # finding

            @mcp.tool()
            def glued(path: str) -> str:
                return requests.get(f"{API}{path}").text  # finding

            @mcp.tool()
            def joined(path: str) -> str:
                return requests.get(urljoin(API, path)).text  # finding

            @mcp.tool()
            def curl(url: str) -> str:
                return subprocess.check_output(["curl", "-s", url], text=True)  # finding

            @mcp.resource("page://{host}")
            def page(host: str) -> str:
                return requests.get("https://" + host + "/index.html").text  # finding

            mcp.run()
            """,
            note="a field, an address glued together, a base that does not bind, a command and a resource",
        ),
        py(
            """
            import httpx
            from client import Client
            from fastmcp import FastMCP

            mcp = FastMCP("api")
            client = Client("https://api.example.com")

            @mcp.tool
            async def read(path: str) -> str:
                return await client.read(path)

            @mcp.tool
            async def head(path: str) -> str:
                return await client.read(path)

            mcp.run(transport="http")
            """,
            client="""
            import httpx

            class Client:
                def __init__(self, base):
                    self.http = httpx.AsyncClient(base_url=base)

                async def read(self, path):
                    response = await self.http.get(path)  # finding
                    return response.text
            """,
            note="an absolute path replaces the base URL; two tools, one request",
        ),
        py(
            """
            import ipaddress
            import json
            import socket
            import urllib.request
            from typing import Literal
            from urllib.parse import urlsplit
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("careful")
            API = "https://api.example.com"
            HOSTS = {"docs.example.com", "api.example.com"}
            FEEDS = {"news": "https://news.example.com/feed"}

            def checked(url: str) -> str:
                parts = urlsplit(url)
                if parts.scheme != "https" or parts.hostname not in HOSTS:
                    raise ToolError("destination not allowed")
                return url

            def is_allowed(url: str) -> bool:
                return urlsplit(url).hostname in HOSTS

            def require_public(url: str) -> None:
                for info in socket.getaddrinfo(urlsplit(url).hostname, 443):
                    address = ipaddress.ip_address(info[4][0])
                    if not address.is_global or address.is_multicast:
                        raise ToolError("destination not allowed")

            @mcp.tool
            def listed(url: str) -> str:
                return httpx.get(checked(url)).text

            @mcp.tool
            def asked(url: str) -> str:
                if not is_allowed(url):
                    raise ToolError("destination not allowed")
                return httpx.get(url).text

            @mcp.tool
            def public(url: str) -> str:
                require_public(url)
                return httpx.get(url).text

            @mcp.tool
            def by_key(feed: str) -> str:
                return httpx.get(FEEDS[feed]).text

            @mcp.tool
            def in_body(text: str) -> None:
                body = json.dumps({"text": text}).encode()
                urllib.request.urlopen(urllib.request.Request(f"{API}/notes", data=body), timeout=3)

            @mcp.tool
            def in_path(user: str, region: Literal["eu", "us"]) -> str:
                httpx.get(f"https://{region}.example.com/")
                return httpx.get(f"{API}/users/{user}", params={"q": user}).text

            mcp.run(transport="http")
            """,
            note="a list, helpers that raise, answer or give back, resolved addresses, a table, a path",
        ),
        py(
            """
            import asyncio
            import ipaddress
            import os
            import socket
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("switched")
            ALLOW_PRIVATE = os.getenv("ALLOW_PRIVATE") == "1"

            async def require_public(url: str) -> None:
                found = await asyncio.to_thread(socket.getaddrinfo, httpx.URL(url).host, 443)
                for info in found:
                    if not ipaddress.ip_address(info[4][0]).is_global:
                        raise ToolError("destination not allowed")

            async def refuse_private(request: httpx.Request) -> None:
                if not ipaddress.ip_address(socket.gethostbyname(request.url.host)).is_global:
                    raise ToolError("destination not allowed")

            @mcp.tool
            async def checked(url: str) -> str:
                if not ALLOW_PRIVATE:
                    await require_public(url)
                return httpx.get(url).text

            @mcp.tool
            async def hooked(url: str) -> str:
                async with httpx.AsyncClient(event_hooks={"request": [refuse_private]}) as client:
                    return (await client.get(url, follow_redirects=True)).text

            @mcp.tool
            async def asked(url: str, check: bool) -> str:
                if check:
                    await require_public(url)
                return httpx.get(url).text  # finding

            mcp.run(transport="http")
            """,
            note="an operator's switch is one, a hook checks each connection, an argument of the call is no switch",
        ),
        py(
            """
            import os
            from urllib.parse import urljoin
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("rooted")
            BASE = os.environ["API_URL"].rstrip("/")
            REGIONS = ("eu", "us")

            def send(path: str) -> str:
                url = f"{BASE}{path}"

                def attempt() -> httpx.Response:
                    return httpx.get(url)

                return attempt().text

            @mcp.tool
            def by_helper(name: str) -> str:
                return send(f"/users/{name}")

            @mcp.tool
            def completed(path: str) -> str:
                if not path.startswith("/"):
                    path = f"/{path}"
                return httpx.get(f"https://api.example.com{path}").text

            @mcp.tool
            def refused(path: str) -> str:
                if not path.startswith("/"):
                    raise ValueError("a path begins with /")
                return httpx.get("https://api.example.com" + path).text

            @mcp.tool
            def corrected(region: str) -> str:
                if region not in REGIONS:
                    region = "eu"
                return httpx.get(f"https://{region}.example.com/").text

            @mcp.tool
            def mistaken(region: str) -> str:
                if region in REGIONS:
                    region = "eu"
                return httpx.get(f"https://{region}.example.com/").text  # finding

            @mcp.tool
            def left(path: str) -> str:
                if path.startswith("/"):
                    path = path.rstrip("/")
                return httpx.get(f"https://api.example.com{path}").text  # finding

            @mcp.tool
            def joined(path: str) -> str:
                if not path.startswith("/"):
                    path = "/" + path
                return httpx.get(urljoin("https://api.example.com/", path)).text  # finding

            @mcp.tool
            def based(host: str, path: str) -> str:
                if not path.startswith("/"):
                    path = "/" + path
                return httpx.get(f"https://{host}{path}").text  # finding

            mcp.run(transport="http")
            """,
            note="a path behind a base that nobody chooses; `//evil.example` is one that `urljoin` takes for a host",
        ),
        py(
            """
            import httpx
            from urllib.parse import urlsplit
            from fastmcp import FastMCP

            mcp = FastMCP("elsewhere")
            HOSTS = {"docs.example.com"}

            @mcp.tool
            def fetch(url: str, mirror: str) -> str:
                if urlsplit(mirror).hostname not in HOSTS:
                    raise ValueError("destination not allowed")
                return httpx.get(url).text  # finding

            mcp.run(transport="http")
            """,
            note="the check is about another value",
        ),
        py(
            """
            import os
            import httpx
            from urllib.parse import urljoin
            from fastmcp import FastMCP

            mcp = FastMCP("issues")
            ISSUES_URL = os.environ["ISSUES_URL"].rstrip("/") + "/"
            PREFIX = os.environ["ISSUES_URL"]

            @mcp.tool
            def issue(path: str) -> str:
                url = urljoin(ISSUES_URL, path)
                if not url.startswith(ISSUES_URL):
                    raise ValueError("destination not allowed")
                return httpx.get(url).text

            @mcp.tool
            def open_ended(path: str) -> str:
                url = urljoin(PREFIX, path)
                if not url.startswith(PREFIX):
                    raise ValueError("destination not allowed")
                return httpx.get(url).text  # finding

            mcp.run(transport="http")
            """,
            note="the operator's own address, with a slash behind the host and perhaps without one",
        ),
        py(
            """
            from dataclasses import dataclass
            from urllib.parse import urlsplit
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("pages")

            @dataclass
            class Settings:
                domains: tuple[str, ...] = ("example.com",)
                allowed_hosts: tuple[str, ...] = ()

            settings = Settings()

            def is_ours(url: str, settings: Settings) -> bool:
                host = urlsplit(url).hostname or ""
                return any(host == domain or host.endswith("." + domain) for domain in settings.domains)

            def is_listed(url: str, settings: Settings) -> bool:
                if not settings.allowed_hosts:
                    return True
                return urlsplit(url).hostname in settings.allowed_hosts

            @mcp.tool
            def read(url: str) -> str:
                if not is_ours(url, settings):
                    raise ValueError("not ours")
                return httpx.get(url).text

            @mcp.tool
            def fetch(url: str) -> str:
                if not is_listed(url, settings):
                    raise ValueError("not listed")
                return httpx.get(url).text  # finding

            mcp.run(transport="http")
            """,
            note="a list of domains and what lies below them; one that lets everything through while it is empty",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point that reaches an unbounded request."""
        for cause in root_causes(analysis.rows, OPEN):
            for exposure in listed(cause):
                yield self._draft(exposure, cause, analysis)

    def _draft(self, exposure: Exposure, cause: list[Exposure], analysis: Analysis) -> Draft:
        effect = cause[0].effect
        file = exposure.row.entry.declared.function.file.path
        names = in_words([f"`{name}`" for name in exposure.parameters]) or "its arguments"
        asked = exposure.verdict.place
        until = ", until hosts are listed" if exposure.verdict.bypass == UNLISTED else ""
        return Draft(
            key=f"{exposure.row.key}|{identity(effect)}",
            path=file,
            location=analysis.program.files[effect.origin[0]].location(*effect.origin[1:]),
            message=f"{exposure.row.title} connects to any host that its caller names in {names}{until}.",
            why=ELSEWHERE
            if runs_elsewhere(analysis, effect)
            else (
                "A model that a page or a mail talked into it can send the server to cloud metadata, internal services "
                "and the machine itself, which trust what comes from its place in the network."
            ),
            severity=gravity(analysis, exposure),
            confidence=confidence(exposure),
            evidence=tuple(evidence(exposure, cause)),
            rows=(exposure.row.key,),
            # One check in front of several requests that asks for no host is one cause.
            group=f"{asked.path}|{asked.symbol}" if asked is not None else f"{effect.origin[0]}|{identity(effect)}",
            group_message="entry points connect to any host that their caller names.",
            start=effect.origin[1],
            end=effect.origin[2],
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Compare the host with a list in front of the request; which hosts belong there is the author's decision."""
        origin = (draft.location.path, draft.start, draft.end)
        edits = allowlist_edits(analysis.program, origin, texts, analysis.policy.allowed_hosts)
        if not edits:
            return None
        follows = any(effect.redirects for row in analysis.rows for effect in row.effects if effect.origin == origin)
        switch = without_redirects(analysis, origin, texts) if follows else None
        more = () if switch is None else (switch,)
        return Proposal("Connect to listed hosts only", Safety.REVIEW, (*edits, *more))
