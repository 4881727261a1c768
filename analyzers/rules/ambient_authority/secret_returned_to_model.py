"""Secrets in the answers that a model reads."""

from collections.abc import Iterator, Mapping
from functools import partial

from analyzers.authority.rows import Row
from analyzers.authority.secret_texts import secret_confidence, secret_text
from analyzers.evidence.answers import Shown, holds, secrets_in, shown_by
from analyzers.evidence.made_secrets import is_made_for_caller
from analyzers.finding import Evidence, Safety, Severity
from analyzers.fixes.disclosure import Disclosure, with_presence
from analyzers.flow import secrets
from analyzers.flow.secrets import Secret
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

# Secrets that are there only to be given away: whether they are set says nothing.
ONLY_ANSWERS = frozenset({secrets.MINTED, secrets.ANSWER, secrets.CALLERS_OWN})
WHOLES = frozenset({secrets.ENVIRONMENT, secrets.HEADERS_ALL, secrets.SETTINGS_ALL, secrets.PAYLOAD})
ANSWERING = ("tool", "resource", "prompt")


class SecretReturnedToModel(Rule):
    """
    ## What it finds
    A tool, resource or prompt whose answer, or whose message to the client, holds a secret in clear: a credential of
    the environment or the settings, the whole environment or any variable that the caller names, the headers of the
    request, the caller's token, the answer of a token endpoint, a token that was just made, or what a store of secrets
    (AWS, Azure, Google, Vault, Kubernetes, a keyring) was asked for.

    What is masked, counted or compared is not reported, and neither is what the caller passed itself. What a tool is
    there to make for its caller, as a new key, is of medium severity.

    ## Why it matters
    What a model reads goes into its context: to the provider, into transcripts, and to whoever talks it into repeating
    it or into sending it on with the next tool. A credential in a context must be taken as stolen.

    ## Fix
    Answer with what identifies the secret, or whether it is set. Where a caller needs a credential, hand it over
    outside of the model: the authorization of the request, or a URL that the user opens (elicitation in URL mode).
    """

    id = "secret-returned-to-model"
    summary = "an answer to the model holds a secret"
    principle = "ambient_authority"
    severity = Severity.HIGH
    cwe = ("CWE-200", "CWE-497")
    owasp = ("MCP01", "MCP10")
    spec = ("server/tools#security-considerations",)
    pattern = "secrets-stay-inside"
    examples = (
        py(
            """
            import os
            from fastmcp import FastMCP
            from pydantic_settings import BaseSettings

            class Settings(BaseSettings):
                crm_url: str = ""
                crm_api_key: str = ""

            settings = Settings()
            mcp = FastMCP("crm")

            def config() -> dict:
                return {"url": settings.crm_url, "key": settings.crm_api_key}

            @mcp.tool
            def show_config() -> dict:
                return config()  # finding

            @mcp.tool
            def get_variable(name: str) -> str:
                value = os.environ.get(name, "")
                return f"{name}={value}"  # finding

            @mcp.resource("config://environment")
            def environment() -> dict:
                return dict(os.environ)  # finding

            mcp.run()
            """,
            note="settings through a helper, a variable of the caller's choice, and the environment",
        ),
        py(
            """
            import jwt, os
            from mcp.server.lowlevel import Server
            from mcp.types import TextContent

            server = Server("login")

            @server.call_tool()
            async def call_tool(name, arguments):
                if name == "login":
                    token = jwt.encode({"sub": arguments["user"], "exp": 900}, os.environ["JWT_SECRET"])
                    return [TextContent(type="text", text=f"Your token: {token}")]  # finding
                raise ValueError(name)
            """,
            note="a token that was just made",
        ),
        py(
            """
            import boto3
            import keyring
            from azure.keyvault.secrets import SecretClient
            from fastmcp import FastMCP
            from kubernetes import client

            mcp = FastMCP("ops")
            aws = boto3.client("secretsmanager")
            parameters = boto3.client("ssm")
            vault = SecretClient("https://vault.example.org", credential)
            cluster = client.CoreV1Api()

            @mcp.tool
            def database() -> dict:
                found = aws.get_secret_value(SecretId="shop/database")
                return {"version": found["VersionId"], "password": found["SecretString"]}  # finding

            @mcp.tool
            def parameter(name: str) -> str:
                return parameters.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]  # finding

            @mcp.tool
            def key(name: str) -> str:
                return vault.get_secret(name).value  # finding

            @mcp.tool
            def certificate(name: str) -> dict:
                return cluster.read_namespaced_secret(name, "shop").data  # finding

            @mcp.tool
            def is_set(name: str) -> bool:
                return bool(vault.get_secret(name).value) and keyring.get_password("shop", name) is not None

            @mcp.tool
            def about(name: str) -> list[str]:
                found = aws.get_secret_value(SecretId=name)
                return [found["ARN"], parameters.get_parameter(Name=name)["Parameter"]["Value"]]

            mcp.run()
            """,
            note="what stores of secrets keep, and what they only tell of it",
        ),
        py(
            """
            import json
            import os
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            API_KEY = os.environ["CRM_API_KEY"]

            @mcp.tool
            def show_config() -> dict:
                return {  # finding
                    "url": os.environ["CRM_URL"],
                    "login": {"user": "crm", "key": API_KEY},
                }

            @mcp.tool
            def status() -> str:
                return json.dumps({"password": os.environ["DB_PASSWORD"], "ready": True})  # finding

            @mcp.prompt
            def introduction() -> str:
                return f"Use {os.environ['MAIL_TOKEN']!r} for {os.environ['MAIL_URL']}."  # finding

            mcp.run()
            """,
            fixed="""
            import json
            import os
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            API_KEY = os.environ["CRM_API_KEY"]

            @mcp.tool
            def show_config() -> dict:
                return {
                    "url": os.environ["CRM_URL"],
                    "login": {"user": "crm", "key": bool(API_KEY)},
                }

            @mcp.tool
            def status() -> str:
                return json.dumps({"password": bool(os.environ["DB_PASSWORD"]), "ready": True})

            @mcp.prompt
            def introduction() -> str:
                return f"Use {bool(os.environ['MAIL_TOKEN'])!r} for {os.environ['MAIL_URL']}."

            mcp.run()
            """,
            note="an entry of a table, one of a text made of it, and a hole of a template",
        ),
        py(
            """
            import os
            from fastmcp import FastMCP
            from mcp.types import TextContent

            mcp = FastMCP("crm")

            class Client:
                def __init__(self) -> None:
                    self.key = os.environ["CRM_API_KEY"]

            client = Client()

            def described() -> dict:
                return {"url": os.environ["CRM_URL"], "key": client.key}

            @mcp.tool
            def show_config() -> dict:
                return described()  # finding

            @mcp.tool
            def key() -> list[TextContent]:
                return [TextContent(type="text", text=os.environ["MAP_TOKEN"])]  # finding

            @mcp.tool
            def mail() -> str:
                return "password: " + os.environ["MAIL_PASSWORD"]  # finding

            mcp.run()
            """,
            fixed="""
            import os
            from fastmcp import FastMCP
            from mcp.types import TextContent

            mcp = FastMCP("crm")

            class Client:
                def __init__(self) -> None:
                    self.key = os.environ["CRM_API_KEY"]

            client = Client()

            def described() -> dict:
                return {"url": os.environ["CRM_URL"], "key": bool(client.key)}

            @mcp.tool
            def show_config() -> dict:
                return described()

            @mcp.tool
            def key() -> list[TextContent]:
                return [TextContent(type="text", text=("set" if os.environ["MAP_TOKEN"] else "not set"))]

            @mcp.tool
            def mail() -> str:
                return "password: " + ("set" if os.environ["MAIL_PASSWORD"] else "not set")

            mcp.run()
            """,
            note="by a helper of its own, and by itself",
        ),
        py(
            """
            import os
            from mcp.server.fastmcp import Context, FastMCP
            from mcp.server.auth.middleware.auth_context import get_access_token

            mcp = FastMCP("crm", token_verifier=verifier, auth=settings)

            @mcp.tool()
            async def whoami(ctx: Context) -> str:
                await ctx.info(f"connecting with {os.environ['CRM_PASSWORD']}")  # finding
                return get_access_token().token  # finding

            mcp.run(transport="streamable-http")
            """,
            note="a message to the client, and the caller's own token",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("crm", auth=verifier)
            TOKEN = os.environ["CRM_TOKEN"]

            @mcp.tool
            def status() -> dict:
                return {"token": "set" if TOKEN else "missing", "length": len(TOKEN), "preview": TOKEN[:4] + "..."}

            @mcp.tool
            def whoami() -> dict:
                token = get_access_token()
                return {"client": token.client_id, "subject": token.claims["sub"], "url": os.environ["CRM_URL"]}

            @mcp.tool
            def get_customer(number: str) -> dict:
                headers = {"Authorization": f"Bearer {TOKEN}"}
                response = httpx.get("https://crm.internal/customers", params={"n": number}, headers=headers)
                return {"customer": response.json(), "next_token": response.headers["x-next-token"]}

            @mcp.tool
            def set_password(user: str, password: str) -> str:
                return f"The password of {user} now is {password}."

            @mcp.tool
            def variables() -> list[str]:
                return sorted(os.environ)

            mcp.run(transport="http")
            """,
            note="whether it is set, a preview, answers of other services, and what the caller passed",
        ),
        py(
            """
            import os
            from fastmcp import FastMCP
            from starlette.requests import Request
            from starlette.responses import JSONResponse

            mcp = FastMCP("login", auth=verifier)

            def region(name: str) -> str:
                return os.environ.get(name, "")

            @mcp.tool
            def where() -> dict:
                return {"region": region("CRM_REGION"), "app": region("APP_NAME")}

            @mcp.tool
            def key_file() -> str:
                return "Keys are read from " + os.environ["GOOGLE_APPLICATION_CREDENTIALS"]

            @mcp.tool
            def names(prefix: str) -> list[str]:
                return [name for name in os.environ if name.startswith(prefix)]

            @mcp.tool
            def settings() -> dict:
                shown = dict(os.environ)
                shown["CRM_TOKEN"] = "***"
                return {key: value for key, value in shown.items() if "TOKEN" not in key}

            mcp.run(transport="http")
            """,
            note="variables that are no secrets, names, and a filtered table",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each secret of each answer."""
        found: dict[tuple[str, int], tuple[Shown, list[Secret], list[Row]]] = {}
        for row in analysis.rows:
            for shown in shown_by(analysis, row) if row.entry.kind in ANSWERING else ():
                held = list(secrets_in(analysis, shown))
                if held:
                    found.setdefault((shown.function.id, shown.start), (shown, held, []))[2].append(row)
        for shown, held, rows in found.values():
            yield self._draft(shown, held, rows)

    def _draft(self, shown: Shown, held: list[Secret], rows: list[Row]) -> Draft:
        function, row = shown.function, rows[0]
        secret = max(held, key=secret_confidence)
        location = function.location(shown.start, shown.end)
        steps = (
            Evidence(secret.path, secret.line, f"{secret_text(secret)} is read"),
            Evidence(location.path, location.line, f"{shown.how} by {row.title}"),
        )
        names = list(dict.fromkeys(secret_text(item) for item in (secret, *held)))
        text = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]
        return Draft(
            key=f"{function.file.path}|{function.facts.qualname}|{secret.kind}|{secret.name}|{shown.how}",
            path=function.file.path,
            location=location,
            message=f"{row.title} gives the model {text}.",
            why=(
                "What a model reads goes to its provider and into transcripts, and can be talked out of it. A "
                "credential in its context must be taken as stolen: answer with what identifies it instead."
            ),
            severity=Severity.MEDIUM if all(map(partial(is_made_for_caller, row), held)) else Severity.HIGH,
            confidence=secret_confidence(secret),
            evidence=steps,
            rows=tuple(dict.fromkeys(item.key for item in rows)),
            group=f"{secret.path}:{secret.kind}:{secret.name}",
            group_message=f"answers give the model {secret_text(secret)}.",
            start=shown.start,
            end=shown.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Say whether a secret is set, where the answer holds it in an entry of a table, in a hole or by itself."""
        text = texts.get(draft.path)
        for row in analysis.rows if text is not None else ():
            for shown in shown_by(analysis, row) if row.key in draft.rows else ():
                place = (shown.function.file.path, shown.start, shown.end)
                if text is None or place != (draft.path, draft.start, draft.end):
                    continue
                kinds = {secret.kind for secret in secrets_in(analysis, shown)}
                if kinds & ONLY_ANSWERS:
                    return None
                helper = partial(_own_helper, analysis)
                asked = Disclosure(partial(holds, analysis), helper, single=not kinds & WHOLES)
                edits = with_presence(shown.function, shown.value, asked, text)
                title = "Say whether it is set (decide what identifies it instead)"
                return Proposal(title, Safety.REVIEW, edits) if edits else None
        return None


def _own_helper(analysis: Analysis, function: Function, value: int) -> Function | None:
    """Return the function of the same file that a call runs, where nothing else calls it.

    `LookupError` where others call it too, and it answers with more than the secret: it cannot say whether that is set.
    """
    node = function.facts.values[value]
    found = analysis.flow.resolver.functions(function, node.args[0]) if node.op == "call" else []
    callees = [callee for callee, _ in found if callee.file is function.file]
    alone = len(found) == len(callees) == 1 and len(analysis.program.call_sites(callees[0].facts.name)) == 1
    if not alone and any(_composes(analysis, callee) for callee, _ in found):
        raise LookupError(value)
    return callees[0] if alone else None


def _composes(analysis: Analysis, function: Function) -> bool:
    """Tell whether what a function returns is made with a secret, not the secret by itself."""
    values = function.facts.values
    returned = (event.value for event in function.facts.events if event.kind == "return" and event.value >= 0)
    return any(
        values[value].op in ("map", "template", "list", "tuple", "binary")
        or (values[value].op == "call" and any(holds(analysis, function, part) for part in values[value].args[1:]))
        for value in returned
        if holds(analysis, function, value)
    )
