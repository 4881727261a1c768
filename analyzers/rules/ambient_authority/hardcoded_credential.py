"""Credentials written into the code."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.evidence.installed_clients import OF_CLIENTS, PUBLIC, is_installed
from analyzers.evidence.refused_values import is_listed_as_refused, is_refused
from analyzers.evidence.shown_secrets import is_sample, is_shown_as_example
from analyzers.evidence.signing_keys import key_drafts
from analyzers.finding import Confidence, Evidence, Safety, Severity
from analyzers.fixes.constants import constant_at
from analyzers.fixes.rewrite import add_import, replace_value
from analyzers.project.program import File, Function
from analyzers.providers import CONNECTION_KIND, DATED_JWT, JWT, KEYED_URL, URL_KIND, WEBHOOKS, described
from analyzers.roles import Role, is_script, role_of
from analyzers.rule import Analysis, Draft, Proposal, Rule, place_key, py

# Kinds that say only that a name promises a credential; every other kind has the structure of a provider's.
NAMED = ("named", "high-entropy")
# What documentation and tests write down for a place that does not exist.
ADDRESSED = (URL_KIND, KEYED_URL, CONNECTION_KIND)
# Keys of Google are shown by browsers, and may often do little; a webhook only lets others write to one room.
SEVERITIES = {
    **dict.fromkeys((*NAMED, *ADDRESSED, DATED_JWT, "google-api-key", "google-client-secret"), Severity.HIGH),
    **dict.fromkeys(WEBHOOKS, Severity.MEDIUM),
}
NOT_LIVE = (Role.TEST, Role.EXAMPLE, Role.VENDORED, Role.GENERATED)

INVALID = (
    "Who comes with it here is refused. It was written down because somebody used it: make sure that it is revoked "
    "wherever it came from."
)


class HardcodedCredential(Rule):
    """
    ## What it finds
    A credential as a string constant: one with the structure that a provider gives its tokens and keys, a private key,
    a connection URL with a password, or a constant given to a name that holds credentials, the default of an
    environment variable included. The key that tokens are signed, verified or compared with is one however plain, as in
    `os.environ.get("JWT_SECRET") or "dev-secret"`. Other placeholders are left alone, and in tests and examples so is
    everything that only a name speaks for. One that is only looked up in a list of what is refused, as in
    `if token in revoked_tokens: return False`, is hardly one. Values are shown with at most four characters.

    ## Why it matters
    Code and its history are copied to every clone, build and log. Whoever reads it has the credential, for as long as
    it lives, and no call can be told from the server's own.

    ## Fix
    Read the credential from the environment or a secret store at run time, and fail when it is not there. Revoke the
    one that was committed: removing the line does not take it out of the history.
    """

    id = "hardcoded-credential"
    summary = "a credential is written into the code"
    principle = "ambient_authority"
    severity = Severity.CRITICAL
    cwe = ("CWE-798",)
    owasp = ("MCP01",)
    pattern = "secrets-outside-the-code"
    examples = (
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            CRM_TOKEN = "q7Zr2Lw9Xc4Vb8Nm1Kp6"  # finding

            @mcp.tool
            def get_customer(number: str) -> str:
                headers = {"Authorization": f"Bearer {CRM_TOKEN}"}
                return httpx.get("https://crm.internal/customers", params={"n": number}, headers=headers).text

            mcp.run()
            """,
            fixed="""
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            CRM_TOKEN = os.environ["CRM_TOKEN"]

            @mcp.tool
            def get_customer(number: str) -> str:
                headers = {"Authorization": f"Bearer {CRM_TOKEN}"}
                return httpx.get("https://crm.internal/customers", params={"n": number}, headers=headers).text

            mcp.run()
            """,
            note="a constant with the name of a credential",
        ),
        py(
            """
            import os
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("crm")
            api_key = os.getenv("CRM_API_KEY", "q7Zr2Lw9Xc4Vb8Nm1Kp6")  # finding

            @mcp.tool()
            def use() -> bool:
                return bool(api_key)

            mcp.run()
            """,
            fixed="""
            import os
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("crm")
            api_key = os.environ["CRM_API_KEY"]

            @mcp.tool()
            def use() -> bool:
                return bool(api_key)

            mcp.run()
            """,
            note="the default of an environment variable",
        ),
        py(
            """
            from mcp.server import MCPServer
            import psycopg

            mcp = MCPServer("orders")

            @mcp.tool()
            def count_orders() -> int:
                with psycopg.connect("postgresql://orders:Zr2Lw9Xc4V@orders.internal/shop") as connection:  # finding
                    return connection.execute("select count(*) from orders").fetchone()[0]

            mcp.run()
            """,
            note="a password in a connection URL",
        ),
        py(
            """
            import os
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            API_KEY = os.environ["CRM_API_KEY"]
            PLACEHOLDER_TOKEN = "YOUR_TOKEN_HERE"
            CLIENT_SECRET = "changeme"
            RADIUS = {"server": "radius.internal", "auth_secret": "secret123"}
            PASSWORD_FIELD = "user_password"
            DATABASE_URL = "postgresql://postgres:postgres@localhost/shop"
            EOS_TOKEN = "<|endoftext|>"
            token_type = "urn:ietf:params:oauth:token-type:access_token"

            @mcp.tool
            def use(page_token: str = "q7Zr2Lw9Xc4Vb8Nm1Kp6") -> bool:
                return bool(API_KEY)

            mcp.run()
            """,
            note="placeholders, names of fields and page tokens",
        ),
        py(
            """
            from fastmcp import FastMCP
            from pydantic import BaseModel, Field

            mcp = FastMCP("broker")

            # The address may hold a password: https://admin:s3cret@indexer.internal:9200 is masked.
            class Answer(BaseModel):
                settings: dict = Field(examples=[{"broker-access-token": "37a2c4f3-7b1c-41a4-b103-197a88ef2a4d"}])

            mcp.run()
            """,
            note="what a field shows of its values, and an address that explains",
        ),
        py(
            """
            from fastmcp import FastMCP

            mcp = FastMCP("broker")

            def is_plausible(token: str) -> tuple[bool, str]:
                invalid_tokens = ["your_token_here", "q7Zr2Lw9Xc4Vb8Nm1Kp6"]  # finding
                if token in invalid_tokens:
                    return False, "known to be invalid"
                return True, ""

            def is_known(token: str) -> bool:
                api_keys = ["your_token_here", "Kp6q7Zr2Lw9Xc4Vb8Nm1"]  # finding
                if token in api_keys:
                    return True
                raise PermissionError("who are you?")

            mcp.run()
            """,
            note="one that is refused, which is of little harm, and one that opens",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each constant of the tree that is a credential."""
        served = {
            server.site.function.file.path: server.site.function.file for server in analysis.surface.servers.values()
        }
        loaded = analysis.program.closure(served.values())
        for file in analysis.program.files.values():
            role = role_of(file.path) if file.path not in analysis.product else Role.PRODUCT
            for draft in (*self._of_values(file, role), *self._of_text(file)):
                is_public = OF_CLIENTS in draft.message and is_installed(analysis)
                told = msgspec.structs.replace(draft, severity=Severity.LOW, why=PUBLIC) if is_public else draft
                # A short value of a script may belong to a container that it sets up: only its name speaks for it.
                if loaded and file.path not in loaded and told.key.endswith("|named"):
                    aside = is_script(file.path) or served.keys().isdisjoint(analysis.program.closure((file,)))
                    told = msgspec.structs.replace(told, confidence=Confidence.LOW, group="") if aside else told
                yield told
        yield from key_drafts(analysis, served)

    def _of_values(self, file: File, role: Role) -> Iterator[Draft]:
        seen: set[int] = set()
        for function in file.functions if file.facts.has_secrets else ():
            for index, node in enumerate(function.facts.values):
                if node.op == "secret" and node.start not in seen:
                    seen.add(node.start)
                    kind = node.text.partition("|")[0]
                    shown = kind in NAMED and is_shown_as_example(function, node)
                    if not shown and (role not in NOT_LIVE or kind not in (*NAMED, *ADDRESSED)):
                        key = place_key(function, self._around(function, index))
                        draft = self._draft(file, (node.start, node.end), node.text, key, role)
                        if role is Role.TEST and is_sample(function, index):
                            draft = msgspec.structs.replace(draft, confidence=Confidence.LOW)
                        yield _weighed(draft, function, index) if kind in NAMED else draft

    def _around(self, function: Function, index: int) -> int:
        """Return the expression whose shape tells this constant from others: the innermost one around it."""
        for other, node in enumerate(function.facts.values):
            if index in node.args and node.op in ("call", "map", "select", "default", "or"):
                return other
        return index

    def _of_text(self, file: File) -> Iterator[Draft]:
        for number, (start, end, text) in enumerate(file.facts.secrets):
            key = f"{file.path}|text|{text.partition('|')[0]}|{number}"
            yield self._draft(file, (start, end), text, key, Role.PRODUCT)

    def _draft(self, file: File, place: tuple[int, int], secret: str, key: str, role: Role) -> Draft:
        kind, _, preview = secret.partition("|")
        what = "A value under the name of a credential" if kind in NAMED else described(kind)
        location = file.location(*place)
        return Draft(
            key=f"{key}|{kind}",
            path=file.path,
            location=location,
            message=f"{what} is written into the code: `{preview}`.",
            why=(
                "Everyone who can read the repository or its history can act with it until it is revoked. Removing the "
                "line is not enough: revoke the value as well."
            ),
            severity=SEVERITIES.get(kind, Severity.CRITICAL),
            confidence=_confidence(kind, role),
            evidence=(Evidence(file.path, location.line, f"constant `{preview}`"),),
            group=secret,
            group_message=f"constants of the code hold the credential `{preview}`.",
            start=place[0],
            end=place[1],
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Read the value from the environment instead."""
        text = texts.get(draft.path)
        found = constant_at(analysis, draft)
        if text is None or found is None:
            return None
        function, index, name = found
        if not name or not function.file.is_free_for("os"):
            return None
        edit = replace_value(function, index, f'os.environ["{name}"]')
        imported = add_import(text, draft.path, "import os")
        needed = (imported,) if imported is not None else ()
        return Proposal(f"Read `{name}` from the environment", Safety.SAFE, (edit, *needed))


def _weighed(draft: Draft, function: Function, index: int) -> Draft:
    """Return a draft as one of little harm where who comes with the constant is refused."""
    listed = is_listed_as_refused(function, index)
    if not listed and not is_refused(function, index):
        return draft
    confidence = Confidence.LOW if listed else draft.confidence
    return msgspec.structs.replace(draft, severity=Severity.LOW, confidence=confidence, why=INVALID, group="")


def _confidence(kind: str, role: Role) -> Confidence:
    """A token that a test holds was made for it: nothing but its shape speaks for it."""
    if kind in (JWT, DATED_JWT) and role is Role.TEST:
        return Confidence.LOW
    if kind == "named":
        return Confidence.MEDIUM
    return Confidence.MEDIUM if role in NOT_LIVE or kind in (*NAMED, *ADDRESSED) else Confidence.HIGH
