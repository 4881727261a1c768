"""TLS connections that accept any certificate."""

from collections.abc import Iterator, Mapping

from analyzers.evidence.chosen_verification import CALLERS, always_verified, draft_of, left_to_callers
from analyzers.finding import Confidence, Edit, Evidence, Safety, Severity
from analyzers.fixes.host_keys import of_known_hosts
from analyzers.fixes.rewrite import remove_argument, replace_value
from analyzers.flow.unpassed import unpassed
from analyzers.flow.verification import ANY_HOST, HOST_KEY, Off, hostname_stores, places
from analyzers.frameworks.tls import OPTIONS
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, place_key, py


class TlsVerificationDisabled(Rule):
    """
    ## What it finds
    A connection that does not verify its peer: `verify=False` and its spellings in HTTP, database and service clients,
    an SSL context without host name check or with `CERT_NONE`, an unverified context, an SSH client that takes any host
    key, an environment variable or a command line option that does the same. A setting that turns verification off
    unless it is configured, that no call sets, or that a tool's callers set is reported one step lower. Connections to
    the machine itself and settings that verify by default are not reported.

    ## Why it matters
    Zero trust gives no network a free pass. A server that accepts any certificate hands its token, and whatever the
    model asked for, to whoever answers first, and takes their answer for the truth.

    ## Fix
    Verify the certificate: leave the option out. Where the peer has a certificate of a private authority, name the
    bundle of that authority instead.
    """

    id = "tls-verification-disabled"
    summary = "the certificate of the peer is not verified"
    principle = "server_identity"
    severity = Severity.HIGH
    cwe = ("CWE-295",)
    owasp = ("MCP07",)
    spec = ("basic/authorization/security-considerations#communication-security",)
    pattern = "verify-the-peer"
    examples = (
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("status")

            @mcp.tool
            async def status(host: str) -> str:
                async with httpx.AsyncClient(
                    timeout=5,
                    verify=False,  # finding
                ) as client:
                    return (await client.get("https://status.internal/")).text
            """,
            fixed="""
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("status")

            @mcp.tool
            async def status(host: str) -> str:
                async with httpx.AsyncClient(
                    timeout=5,
                ) as client:
                    return (await client.get("https://status.internal/")).text
            """,
        ),
        py(
            """
            import requests

            class Client:
                def __init__(self):
                    self.session = requests.Session()
                    self.session.verify = False  # finding

                def get(self, path):
                    return self.session.get("https://api.internal/" + path)
            """,
            fixed="""
            import requests

            class Client:
                def __init__(self):
                    self.session = requests.Session()
                    self.session.verify = True

                def get(self, path):
                    return self.session.get("https://api.internal/" + path)
            """,
        ),
        py(
            """
            import ssl
            import aiohttp

            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE  # finding

            async def fetch(session: aiohttp.ClientSession):
                await session.get("https://api.internal/a", ssl=context)
                return await session.get("https://api.internal/b", ssl=False)  # finding
            """,
            fixed="""
            import ssl
            import aiohttp

            context = ssl.create_default_context()
            context.check_hostname = True
            context.verify_mode = ssl.CERT_REQUIRED

            async def fetch(session: aiohttp.ClientSession):
                await session.get("https://api.internal/a", ssl=context)
                return await session.get("https://api.internal/b")
            """,
        ),
        py(
            """
            import os
            import ssl
            import subprocess
            import urllib.request
            from elasticsearch import Elasticsearch

            os.environ["PYTHONHTTPSVERIFY"] = "0"  # finding
            search = Elasticsearch("https://search.internal", verify_certs=False)  # finding

            def read():
                subprocess.run(["curl", "-sk", "https://api.internal"])  # finding
                context = ssl._create_unverified_context()  # finding
                return urllib.request.urlopen("https://api.internal", context=context)
            """
        ),
        py(
            """
            import os
            import httpx

            VERIFY = os.getenv("VERIFY_TLS", "false").lower() == "true"

            def fetch(url):
                return httpx.get(url, verify=VERIFY)  # finding
            """,
            note="off unless it is configured",
        ),
        py(
            """
            import os
            from fastmcp import FastMCP
            from proxmoxer import ProxmoxAPI

            mcp = FastMCP("machines")

            @mcp.tool
            def settings() -> dict:
                return {"verify_ssl": os.getenv("PROXMOX_VERIFY_SSL", "false").lower() == "true"}

            def load():
                return {
                    "host": os.environ["PROXMOX_HOST"],
                    "verify_ssl": os.getenv("PROXMOX_VERIFY_SSL", "false").lower() == "true",  # finding
                }

            def connect():
                return ProxmoxAPI(**load())
            """,
            note="a table of settings that turns it off by default, and an answer that tells how it is set",
        ),
        py(
            """
            import os

            def load():
                return {"verify_ssl": os.getenv("VERIFY_SSL", "true").lower() != "false", "verify": False}
            """,
            note="on by default; a word that means many things",
        ),
        py(
            """
            import asyncssh
            import paramiko
            from fastmcp import FastMCP

            mcp = FastMCP("hosts")

            @mcp.tool
            def uptime(host: str) -> str:
                client = paramiko.SSHClient()
                client.load_system_host_keys()
                client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # finding
                client.connect(host)
                return client.exec_command("uptime")[1].read().decode()

            @mcp.tool
            def kernel(host: str) -> str:
                client = paramiko.SSHClient()
                client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # finding
                client.connect(host)
                return client.exec_command("uname -r")[1].read().decode()

            @mcp.tool
            async def load(host: str) -> str:
                async with asyncssh.connect(host, known_hosts="/etc/ssh/known_hosts") as connection:
                    return (await connection.run("uptime")).stdout

            mcp.run()
            """,
            fixed="""
            import asyncssh
            import paramiko
            from fastmcp import FastMCP

            mcp = FastMCP("hosts")

            @mcp.tool
            def uptime(host: str) -> str:
                client = paramiko.SSHClient()
                client.load_system_host_keys()
                client.set_missing_host_key_policy(paramiko.RejectPolicy())
                client.connect(host)
                return client.exec_command("uptime")[1].read().decode()

            @mcp.tool
            def kernel(host: str) -> str:
                client = paramiko.SSHClient()
                client.load_system_host_keys()
                client.set_missing_host_key_policy(paramiko.RejectPolicy())
                client.connect(host)
                return client.exec_command("uname -r")[1].read().decode()

            @mcp.tool
            async def load(host: str) -> str:
                async with asyncssh.connect(host, known_hosts="/etc/ssh/known_hosts") as connection:
                    return (await connection.run("uptime")).stdout

            mcp.run()
            """,
            note="any host key",
        ),
        py(
            """
            import asyncssh
            from fastmcp import FastMCP

            mcp = FastMCP("hosts")

            @mcp.tool
            async def load(host: str) -> str:
                async with asyncssh.connect(host, known_hosts=None) as connection:  # finding
                    return (await connection.run("uptime")).stdout

            mcp.run()
            """,
            note="no list of known hosts",
        ),
        py(
            """
            import os
            import httpx
            import requests
            from pydantic_settings import BaseSettings

            class Settings(BaseSettings):
                verify_tls: bool = True

            settings = Settings()

            def allows_own() -> bool:
                return os.environ.get("ALLOW_SELF_SIGNED", "").lower() in ("1", "true")

            def fetch(url, signature, token):
                signature.check(token, verify=False)
                requests.get("https://localhost:8443/health", verify=False)
                httpx.get(url, verify="/etc/ssl/internal-ca.pem")
                if not settings.verify_tls:
                    return httpx.get(url, verify=False)
                if url.startswith("https:") and allows_own():
                    return httpx.get(url, verify=False)
                return httpx.get(url, verify=settings.verify_tls)
            """,
            note="a bundle, a setting that verifies by default, the machine itself, another meaning of the word",
        ),
        py(
            """
            import ssl
            from urllib.parse import urlsplit
            import requests

            class Gateway:
                def __init__(self, url: str, strict: bool):
                    host = urlsplit(url).hostname
                    if host not in ("localhost", "127.0.0.1", "::1"):
                        raise ValueError("only the gateway of this machine has a certificate of its own")
                    self.session = requests.Session()
                    self.session.verify = False

                def far(self, url: str) -> requests.Response:
                    if urlsplit(url).hostname in ("localhost", "gateway.internal"):
                        return requests.get(url, verify=False)  # finding
                    if is_localhost(url):
                        return requests.get(url, verify=False)
                    return requests.post(url, verify=False)  # finding
            """,
            note="hosts of which all are the machine itself, and hosts of which one is not",
        ),
        py(
            """
            import os
            import requests

            class Notes:
                def __init__(self, verify_ssl: bool = False):
                    self.verify_ssl = verify_ssl

                def read(self, name: str) -> str:
                    return requests.get(f"https://notes.internal/{name}", verify=self.verify_ssl).text  # finding

                def write(self, name: str, text: str) -> None:
                    requests.put(f"https://notes.internal/{name}", data=text, verify=self.verify_ssl)

            def opened(token: str) -> requests.Response:
                checked = os.environ.get("VERIFY", "0") == "1"  # finding
                if token:
                    return requests.get("https://notes.internal", auth=token, verify=checked)
                return requests.get("https://notes.internal", verify=checked)
            """,
            note="one default for every call of a client, told once",
        ),
        py(
            """
            import ssl
            import urllib.request
            from settings import load

            class Shop:
                def __init__(self, url: str, use_https: bool, verify_ssl: bool):
                    self.url = url
                    self.context = ssl._create_unverified_context() if use_https and not verify_ssl else None

                def read(self) -> bytes:
                    return urllib.request.urlopen(self.url, context=self.context).read()

                def secured(self, mode: str = "require") -> ssl.SSLContext:
                    context = ssl.create_default_context()
                    if mode == "noverify":
                        context.check_hostname = False
                        context.verify_mode = ssl.CERT_NONE
                    return context

                def plain(self, mode: str = "noverify") -> ssl.SSLContext:
                    context = ssl.create_default_context()
                    if mode == "noverify":
                        context.verify_mode = ssl.CERT_NONE  # finding
                    return context

                def quick(self, use_ssl: bool) -> bytes:
                    context = ssl._create_unverified_context() if use_ssl else None  # finding
                    return urllib.request.urlopen(self.url, context=context).read()

            shop = Shop(**load())
            """,
            note="a switch that is named for it, as `verify=verify_ssl` would be; one that asks for encryption",
        ),
        py(
            """
            import os
            import ssl
            from urllib.request import Request, urlopen

            def is_up(secure: bool) -> bool:
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                port = int(os.environ["PORT"])
                address = f"https://localhost:{port}/health" if secure else f"http://127.0.0.1:{port}/health"
                return urlopen(Request(address), context=context).status == 200

            def is_reachable(host: str) -> bool:
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE  # finding
                address = f"https://{host}/health" if host else "https://localhost/health"
                return urlopen(address, context=context).status == 200

            def lent() -> ssl.SSLContext:
                context = ssl.create_default_context()
                context.verify_mode = ssl.CERT_NONE  # finding
                urlopen("https://localhost/health", context=context)
                return context
            """,
            note="a context for the machine itself, one for other hosts too, one that is handed out",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each place that turns verification off."""
        handlers = {row.entry.handler for row in analysis.rows if row.entry.handler is not None}
        told: set[tuple[str, int]] = set()
        for off in places(analysis.flow, analysis.functions()):
            told.add((off.function.id, off.value))
            if off.keyword or off.function not in handlers or not _is_answered(off):
                yield self._draft(off, analysis)
        yield from (draft_of(left) for left in left_to_callers(analysis) if left.switch.place not in told)

    def _draft(self, off: Off, analysis: Analysis) -> Draft:
        function = off.function
        node = function.facts.values[off.value]
        rows = analysis.rows_through(function)
        kept = unpassed(analysis.flow, function, off.value) if off.by_default else None
        default = f": {kept.said}" if kept is not None else " unless it is configured" if off.by_default else ""
        note = "it is off here unless it is configured" if off.by_default else "verification is turned off here"
        used = Evidence(function.file.path, function.line_of(off.value), note)
        return Draft(
            key=f"{place_key(function, off.call if off.call >= 0 else off.value)}|{off.keyword}",
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"{off.what} accepts any {off.proof}{default}.",
            why=(
                "Whoever stands on the way can answer in the peer's name: read what is sent, credentials too, and "
                "make up what comes back. An internal network is no proof of who answers."
            ),
            severity=Severity.MEDIUM if off.by_default else self.severity,
            confidence=Confidence.HIGH if off.sure and not off.by_default else Confidence.MEDIUM,
            evidence=(used if kept is None else Evidence(kept.path, kept.line, kept.note),),
            rows=rows,
            group=_setting(off),
            group_message=f"calls accept any {off.proof}{default}.",
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Leave the argument out, or turn verification on where it is an assignment."""
        every = places(analysis.flow, analysis.program.files[draft.path].functions)
        found = [off for off in every if _is_at(off, draft) and not off.by_default]
        text = texts.get(draft.path)
        if text is not None and draft.key.endswith(CALLERS):
            return always_verified(draft, analysis, text)
        if not found or text is None:
            return None
        edits = _edits(found[0], text)
        if found[0].proof == ANY_HOST and edits:
            title = "Check the host name, too (decide by which name the peer's certificate calls it)"
            return Proposal(title, Safety.REVIEW, edits)
        if found[0].proof == HOST_KEY and edits:
            return of_known_hosts(found[0], edits, text)
        return Proposal("Verify the certificate", Safety.SAFE, edits) if edits else None


def _is_answered(off: Off) -> bool:
    """Tell whether a setting only stands in an answer, which tells how it is set."""
    events = off.function.facts.events
    answers = (event.value for event in events if event.kind in ("return", "yield"))
    return off.call < 0 and off.value in off.function.made_of(*answers)


def _setting(off: Off) -> str:
    """Return what identifies a setting, or an attribute of a class, that leaves verification off in several calls."""
    node = off.function.facts.values[off.value]
    if not off.by_default:
        return ""
    if node.op == "import":
        return node.text
    if node.op in ("name", "free"):
        return f"{off.function.file.path}|{node.text}"
    if node.op in ("compare", "call", "param"):
        return f"{off.function.id}|{off.value}"
    scope: Function | None = off.function
    while scope is not None and scope.facts.kind != "class":
        scope = scope.parent
    holder = off.function.facts.values[node.args[0]] if node.op == "attr" else None
    if holder is not None and holder.op in ("name", "import"):
        return f"{off.function.file.path}|{holder.text}|{node.text}"
    return f"{scope.file.path}|{scope.facts.qualname}|{node.text}" if scope is not None and holder is not None else ""


def _is_at(off: Off, draft: Draft) -> bool:
    node = off.function.facts.values[off.value]
    return (off.function.file.path, node.start, node.end) == (draft.path, draft.start, draft.end)


def _edits(off: Off, text: bytes) -> tuple[Edit, ...]:
    if off.on:
        return (replace_value(off.function, off.value, off.on), *_hostname_edits(off))
    is_argument = off.call >= 0 and off.keyword in OPTIONS
    edit = remove_argument(text, off.function, off.call, off.keyword) if is_argument else None
    return (edit,) if edit is not None else ()


def _hostname_edits(off: Off) -> Iterator[Edit]:
    """The host name check that was turned off together with `verify_mode`."""
    if off.keyword == "verify_mode":
        for event in hostname_stores(off.function):
            yield replace_value(off.function, event.value, "True")
