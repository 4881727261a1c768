"""Secrets written to logs."""

from collections.abc import Iterator, Mapping

from analyzers.authority.secret_texts import WHOLE, secret_confidence, secret_severity, secret_text
from analyzers.evidence.chosen_names import is_of_plain_names
from analyzers.evidence.log_arguments import LogArgument, is_asked_for, is_served, log_arguments
from analyzers.evidence.logged_arguments import argument_drafts
from analyzers.evidence.logged_payloads import payload_drafts
from analyzers.evidence.own_helpers import is_in_helper
from analyzers.evidence.paired_parts import is_ruled_out
from analyzers.evidence.presented_tokens import is_run
from analyzers.evidence.refusals import is_of_other_names, is_refused
from analyzers.evidence.switched_masks import is_masked_there
from analyzers.evidence.told_addresses import with_places, with_request
from analyzers.finding import Evidence, Safety, Severity
from analyzers.fixes.logs import ELSEWHERE, mark_elsewhere, mark_secrets, tells_refusal, written_alike
from analyzers.flow import secrets
from analyzers.flow.secrets import Leak
from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, place_key, py


class SecretInLog(Rule):
    """
    ## What it finds
    A log line, a line printed to the console or an attribute of a trace that holds a secret in clear: a credential of
    the environment or the settings, the caller's token or `Authorization` header, all headers of a request, the answer
    of a token endpoint, a token that was just made, or a value whose name promises a password or a key.

    What is masked, hashed, cut, counted or compared is not reported, and neither are the names of keys, fields that
    conceal themselves (`SecretStr`), tables whose entries are filtered or replaced before, and entries whose name was
    compared with those of secrets. What a command prints that serves nothing, its user asked for: that is a guess. What
    a helper logs that somebody runs by hand, beside the server, is at most of medium severity.

    ## Why it matters
    Logs are copied to places with other readers and longer lives than the process: files of a desktop client, log
    services, support tickets. Who reads the line can act with the credential, and no call tells them from the server.

    ## Fix
    Log what identifies the secret, not the secret: the name of the variable, the `client_id` or `jti` of a token, the
    names of the arguments. Revoke what has been logged.
    """

    id = "secret-in-log"
    summary = "a secret is written to a log"
    principle = "assume_breach"
    severity = Severity.HIGH
    cwe = ("CWE-532",)
    owasp = ("MCP01", "MCP08")
    spec = ("basic/authorization/security-considerations#token-theft",)
    pattern = "secrets-stay-inside"
    examples = (
        py(
            """
            import logging
            import os
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            log = logging.getLogger(__name__)
            mcp = FastMCP("crm", auth=verifier)
            CRM_TOKEN = os.environ["CRM_TOKEN"]
            log.info(f"Using {CRM_TOKEN} for the CRM")  # finding

            @mcp.tool
            def whoami() -> str:
                token = get_access_token()
                log.info("called with %s by %s", token.token, token.client_id)  # finding
                return token.client_id

            mcp.run(transport="http")
            """,
            fixed="""
            import logging
            import os
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token

            log = logging.getLogger(__name__)
            mcp = FastMCP("crm", auth=verifier)
            CRM_TOKEN = os.environ["CRM_TOKEN"]
            log.info("Using [redacted] for the CRM")

            @mcp.tool
            def whoami() -> str:
                token = get_access_token()
                log.info("called with %s by %s", "[redacted]", token.client_id)
                return token.client_id

            mcp.run(transport="http")
            """,
            note="a variable of the environment and the caller's token",
        ),
        py(
            """
            import os
            import structlog
            from mcp.server.fastmcp import FastMCP

            logger = structlog.get_logger()
            mcp = FastMCP("crm")
            HEADERS = {"Authorization": f"Bearer {os.getenv('CRM_TOKEN')}", "Accept": "application/json"}

            def connect(host: str, password: str) -> None:
                logger.info("connecting", host=host, password=password)  # finding

            @mcp.tool()
            def status() -> str:
                print(HEADERS)  # finding
                connect("crm.internal", os.environ["CRM_PASSWORD"])
                return "ok"

            mcp.run()
            """,
            fixed="""
            import os
            import structlog
            from mcp.server.fastmcp import FastMCP

            logger = structlog.get_logger()
            mcp = FastMCP("crm")
            HEADERS = {"Authorization": f"Bearer {os.getenv('CRM_TOKEN')}", "Accept": "application/json"}

            def connect(host: str, password: str) -> None:
                logger.info("connecting", host=host, password="[redacted]")

            @mcp.tool()
            def status() -> str:
                print("[redacted]")
                connect("crm.internal", os.environ["CRM_PASSWORD"])
                return "ok"

            mcp.run()
            """,
            note="outgoing headers, and a parameter named like a secret",
        ),
        py(
            """
            import logging
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_http_request
            from pydantic_settings import BaseSettings

            logger = logging.getLogger(__name__)

            class Settings(BaseSettings):
                client_id: str = ""
                client_secret: str = ""

            settings = Settings()
            mcp = FastMCP("crm")

            def note(text: str) -> None:
                logger.warning(text)

            @mcp.tool
            async def refresh(code: str) -> str:
                note(f"headers: {get_http_request().headers}")  # finding
                async with httpx.AsyncClient() as client:
                    form = {"grant_type": "authorization_code", "code": code}
                    response = await client.post("https://id.example/token", data=form)
                if response.status_code != 200:
                    logger.error("token request failed: %s %s", response.status_code, response.text)  # finding
                logger.info("settings: %s", settings.model_dump())  # finding
                return "ok"

            mcp.run(transport="http")
            """,
            note="headers through a helper, a token endpoint's answer, and all settings",
        ),
        py(
            """
            import hashlib
            import logging
            import os
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token, get_http_request
            from pydantic import SecretStr
            from pydantic_settings import BaseSettings

            log = logging.getLogger(__name__)

            class Settings(BaseSettings):
                api_key: SecretStr
                max_tokens: int = 100

            settings = Settings()
            mcp = FastMCP("crm", auth=verifier)
            TOKEN = os.environ["CRM_TOKEN"]

            def mask(text: str) -> str:
                return text[:2] + "..."

            @mcp.tool
            def whoami(page_token: str, has_password: bool) -> str:
                log.info("token %s, %s, %s", TOKEN[:4], mask(TOKEN), hashlib.sha256(TOKEN.encode()).hexdigest())
                log.info(f"token is {'set' if TOKEN else 'missing'}, {len(TOKEN)} characters, {bool(TOKEN)}")
                log.info("settings %s, next page %s, %s", settings, page_token, has_password)
                log.info("headers: %s", list(get_http_request().headers.keys()))
                shown = {k: v for k, v in get_http_request().headers.items() if k.lower() != "authorization"}
                log.debug("headers: %s, limit %s", shown, settings.max_tokens)
                log.info("called by %s", get_access_token().client_id)
                return "ok"

            mcp.run(transport="http")
            """,
            note="masked, hashed, counted, concealed, and the names of headers",
        ),
        py(
            """
            import logging
            import os
            from fastmcp import FastMCP

            mcp = FastMCP("crm")
            logger = logging.getLogger("crm")
            CRM_API_KEY = os.getenv("CRM_API_KEY", "/production/crm/api_key")
            MAIL_API_KEY = os.getenv("MAIL_API_KEY", "")

            @mcp.tool
            def status() -> str:
                logger.info("keys are read from %s", CRM_API_KEY)
                logger.info("keys are read from %s", MAIL_API_KEY)  # finding
                return "ok"

            mcp.run(transport="http")
            """,
            note="a default shows that a variable holds where a secret lies",
        ),
        py(
            """
            import logging
            import os
            from fastmcp import FastMCP

            logger = logging.getLogger(__name__)
            mcp = FastMCP("crm")

            class Crm:
                def __init__(self, url: str, api_key: str) -> None:
                    self.url = url
                    self.api_key = api_key
                    logger.info("CRM at %s", self.url)

                def get(self, path: str) -> str:
                    logger.debug("GET %s%s", self.url, path)
                    return send(self.url + path, self.api_key)

            crm = Crm(os.environ["CRM_URL"], os.environ["CRM_API_KEY"])

            @mcp.tool
            def status() -> str:
                result = crm.get("/status")
                logger.info("status: %s", result)
                if "CRM_API_KEY" not in os.environ:
                    logger.error("CRM_API_KEY is not set")
                return result

            mcp.run()
            """,
            note="addresses and answers of calls that were given a secret",
        ),
        py(
            """
            import logging
            import httpx
            from fastmcp import FastMCP

            logger = logging.getLogger(__name__)
            mcp = FastMCP("crm")

            async def ask(code: str) -> tuple[str, int]:
                async with httpx.AsyncClient() as client:
                    form = {"grant_type": "authorization_code", "code": code}
                    answer = (await client.post("https://id.example/token", data=form)).json()
                return answer["access_token"], answer["expires_in"]

            async def exchange(code: str) -> tuple[str, int]:
                return await ask(code)

            @mcp.tool
            async def connect(code: str) -> str:
                token, expires_in = await exchange(code)
                logger.info("connected for %s seconds", expires_in)
                logger.debug("as %s", token)  # finding
                return "ok"

            mcp.run()
            """,
            note="each item of what another function hands on is itself",
        ),
        py(
            """
            import asyncio
            import json
            import logging
            import boto3
            from fastmcp import FastMCP

            logger = logging.getLogger(__name__)
            mcp = FastMCP("shop")

            def database(name: str) -> tuple[str, str]:
                kept = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
                logger.info("%s at %s", kept.get("username") or kept.get("user"), kept["host"])
                return kept["username"], kept["password"]

            @mcp.tool
            async def refresh() -> str:
                user, opened_with = await asyncio.to_thread(database, "shop/database")
                logger.info("connected as %s", user)
                logger.debug("connected with %s", opened_with)  # finding
                user, opened_with = await asyncio.get_running_loop().run_in_executor(None, database, "shop/other")
                logger.info("connected as %s with %s", user, opened_with)  # finding
                return "ok"

            mcp.run()
            """,
            note="what a store keeps beside a password, and items of what a thread gives",
        ),
        py(
            """
            import logging
            import os
            import ssl
            from fastmcp import FastMCP

            log = logging.getLogger(__name__)
            mcp = FastMCP("crm", auth=verifier)

            def address() -> str:
                return f"postgresql://crm:{os.environ['CRM_PASSWORD']}@{os.environ['CRM_HOST']}/crm"

            def context() -> ssl.SSLContext:
                key = os.environ["TLS_KEY"].strip()
                made = ssl.create_default_context()
                made.load_cert_chain(certfile=os.environ["TLS_CERT"], keyfile=key)
                log.info("the key is in %s", key)
                log.info("for %s", address() if "@" in address() else key)  # finding
                return made

            def find(password_secret_key: str) -> str:
                log.debug("looking for %s", password_secret_key)
                return vault.get_secret(password_secret_key)

            def sign(signing_key: str) -> str:
                log.debug("signing with %s", signing_key)  # finding
                return signer.get_token(signing_key)

            def fill(page, fields: list[str], value: str) -> str | None:
                return next((field for field in fields if page.fill(field, value)), None)

            @mcp.tool
            def connect() -> str:
                url = address()
                filled_password = fill(page, ["#password"], os.environ["CRM_PASSWORD"])
                log.info("filled %s", filled_password)
                host = url.split("@")[-1] if "@" in url else url
                log.info("connecting to %s", host)
                log.info("connecting to %s", url.rpartition("@")[2])
                place = url
                if "@" in place:
                    place = place.split("@", 1)[1]
                log.info("connecting to %s", place)
                log.info("connecting as %s", url.split("@")[0])  # finding
                log.info("connected with %s", os.environ["CRM_KEY"])  # finding
                return "ok"

            mcp.run()
            """,
            note="what stands behind the user of a URL, the path of a key, the name of a secret",
        ),
        py(
            """
            import logging
            import keyring
            from fastmcp import FastMCP

            mcp = FastMCP("nas")
            log = logging.getLogger(__name__)

            @mcp.tool
            def connect() -> str:
                user = keyring.get_password("nas", "username")
                password = keyring.get_password("nas", "password")
                log.info("signed in as %s", user)
                log.debug("with %s", password)  # finding
                return "ok"

            mcp.run()
            """,
            note="whom a keyring keeps a password for",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each secret in a logging call."""
        found: dict[tuple[str, int], list[tuple[LogArgument, Leak]]] = {}
        for written in log_arguments(analysis):
            if is_of_other_names(written.function, written.call):
                continue
            for leak in analysis.exposure.leaks(written.function, written.value):
                if leak.secret.kind in secrets.COLLECTIONS and is_of_plain_names(written.function, written.call):
                    continue
                inside = leak.function is written.function
                place = (leak.function.id, written.call if inside else leak.value)
                if leak.secret.kind not in ELSEWHERE and not _is_kept_out(analysis, written, leak):
                    found.setdefault(place, []).append((written, leak))
        shown = [
            min(leaks, key=_distance)
            for (owner, value), leaks in found.items()
            if not any(other == owner and value in _made_of(leaks[0][1].function, whole) for other, whole in found)
        ]
        drafts = (with_request(self._draft(analysis, *leak), analysis.exposure, *leak) for leak in shown)
        yield from with_places(drafts)
        yield from payload_drafts(analysis)
        yield from argument_drafts(analysis)

    def _draft(self, analysis: Analysis, written: LogArgument, first: Leak) -> Draft:
        inside = first.function is written.function
        function, value = (written.function, written.call) if inside else (first.function, first.value)
        node = function.facts.values[value]
        location = function.location(node.start, node.end)
        call = written.function.facts.values[written.call]
        detailed = written.method in disclosure.DETAILED_LEVELS
        # The answer to a request that was refused grants nothing, unless its issuer repeats what it was sent: told as
        # surely as others, but as little harm.
        event = function.facts.events[function.event_of(value)]
        refused = first.secret.kind == secrets.ANSWER and is_refused(function, event)
        severity = Severity.LOW if refused or is_asked_for(analysis, written) else secret_severity(first.secret)
        if severity > Severity.MEDIUM and is_in_helper(analysis, written.function):
            severity = Severity.MEDIUM
        served = is_served(analysis, written, first.function) and is_run(analysis, written.function)
        sure = secret_confidence(first.secret).lowered(0 if served else 2)
        log = Evidence(written.function.file.path, written.function.line_of(written.call), "written to the log")
        source = Evidence(first.secret.path, first.secret.line, f"{secret_text(first.secret)} is read")
        return Draft(
            key=f"{place_key(function, value)}|{first.secret.kind}|{first.secret.name}",
            path=function.file.path,
            location=location,
            message=f"{written.subject(inside=inside)} writes {secret_text(first.secret)} to the log.",
            why=(
                "Logs have other readers and live longer than the process. Whoever reads this line can act with the "
                "credential until it is revoked; log what identifies it instead."
            ),
            severity=severity.lowered(1 if detailed and severity > Severity.LOW else 0),
            confidence=sure,
            evidence=(source, log),
            group=_group(written, first),
            group_message=f"calls {'in' if inside else 'of'} `{written.function.facts.name}` write "
            f"{secret_text(first.secret) if inside else 'a secret'} to the log.",
            start=call.start if inside else -1,
            end=call.end if inside else -1,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Put a mark where the secret stood: in the logging call, or in the text that it is given elsewhere."""
        text = texts.get(draft.path)
        if text is None:
            return None
        refused = False
        if draft.start < 0:
            edits = list(mark_elsewhere(analysis, draft, texts))
        else:
            given = written_alike(analysis, draft)
            edits = [mark_secrets(analysis, written, text) for written in given]
            refused = all(tells_refusal(analysis, written) for written in given)
        found = tuple(edit for edit in edits if edit is not None)
        if refused and found:
            title = "Leave the answer out of the log (decide what of it to keep: its `error` is no secret)"
            return Proposal(title, Safety.REVIEW, found)
        return Proposal("Leave the secret out of the log", Safety.SAFE, found) if found else None


def _is_kept_out(analysis: Analysis, written: LogArgument, leak: Leak) -> bool:
    reader = analysis.exposure
    return is_ruled_out(reader, written, leak) or is_masked_there(reader, written, leak)


def _group(written: LogArgument, leak: Leak) -> str:
    """Return what joins calls: those of what writes to the log, or those of one function that write the same."""
    if leak.function is not written.function:
        return f"{written.function.file.path}|{place_key(written.function, written.call)}"
    return f"{written.function.file.path}|{written.function.facts.qualname}|{leak.secret.kind}|{leak.secret.name}"


def _distance(leak: tuple[LogArgument, Leak]) -> tuple[bool, bool]:
    """Of several secrets one that is read in the file that writes it is shown, and not a whole table."""
    written, found = leak
    return found.secret.kind in WHOLE, found.secret.path != written.function.file.path


def _made_of(function: Function, value: int) -> set[int]:
    """Return what a text is put together from: who is told of the text is told of these."""
    node = function.facts.values[value]
    return set(function.made_of(*node.args)) if node.op == "template" else set()
