"""Tools that act downstream with the server's own credential, whoever calls."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.authority.delegation import Delegations
from analyzers.authority.gravity import gravity
from analyzers.authority.model_keys import only_asks
from analyzers.authority.permissions import asks_permission
from analyzers.authority.row_texts import credential_texts, destination_text
from analyzers.authority.rows import Row
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.flow.effects import Effect
from analyzers.flow.labels import BEARER, HEADERS, ID, NONE, ROLE, Labels
from analyzers.rule import Analysis, Draft, Rule, py

# What hands out what a query found, which may have been asked with the caller in it.
FETCHING = (".fetchall", ".fetchone", ".fetchmany")
AMBIENT = ("env:", "lit:", "ambient:")
Uses = list[tuple[Row, Effect]]
CALLER = (ID, BEARER, HEADERS, "exchanged", ROLE)
CALLERS = ("claim:", "header:", "held:header:")
# Who may call is another rule's, and a new credential chain is no change of one line: this rule alone does not block.
SEVERITIES = {4: Severity.MEDIUM, 3: Severity.MEDIUM, 2: Severity.MEDIUM, 1: Severity.LOW}


class AmbientServiceCredential(Rule):
    """
    ## What it finds
    Tools of an authenticated network server that call a downstream with one credential of the server, while nothing
    about the caller reaches that call: no subject, no tenant, no exchanged token, no session policy. Credentials
    that the same tools of a server share, or that one request may be sent with, are one finding.

    Servers on stdio, services whose data is public, credentials that the caller brings or that are exchanged for the
    call, and the client secret of such an exchange are not reported. Where all callers share one token there is nobody
    to act for, and little is certain. Keys that only ask a model are noted, and so is what stands in for a credential
    that callers bring only where a switch lets it.

    ## Why it matters
    The downstream cannot tell one caller from another: whatever the credential may do, every caller may do through the
    tool. A manipulated model acts with the authority of the server instead of its user's.

    ## Fix
    Exchange the caller's verified token in the call for a credential of this downstream and this scope that lives for
    minutes (RFC 8693 token exchange, on-behalf-of, or a role session with a policy made from the subject).
    """

    id = "ambient-service-credential"
    summary = "a tool acts downstream with the server's credential, whoever calls"
    principle = "ambient_authority"
    severity = Severity.MEDIUM
    confidence = Confidence.MEDIUM
    cwe = ("CWE-441", "CWE-250")
    owasp = ("MCP02", "MCP01")
    spec = ("tutorials/security/security_best_practices#confused-deputy-problem",)
    pattern = "credential-per-call"
    column = "credentials"
    follows = "authorization"
    examples = (
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            mcp = FastMCP("crm", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="crm"))
            headers = {"Authorization": f"Bearer {os.environ['CRM']}", "X-App": os.environ["APP"]}
            client = httpx.AsyncClient(headers=headers)

            @mcp.tool
            async def delete_customer(number: str) -> str:
                response = await client.delete("https://crm.internal/customers", params={"n": number})  # finding
                return response.text

            mcp.run(transport="http")
            """,
            note="a client of the module serves every caller",
        ),
        py(
            """
            import boto3
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("files", token_verifier=verifier, auth=settings)

            @mcp.tool()
            def delete_file(key: str) -> None:
                boto3.client("s3", region_name="eu-west-1").delete_object(Bucket="files", Key=key)  # finding

            mcp.run(transport="streamable-http")
            """,
            note="the machine's own role",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("crm", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="crm"))

            def delegated() -> str:
                form = {
                    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                    "subject_token": get_access_token().token,
                    "client_secret": os.environ["EXCHANGE_SECRET"],
                }
                return httpx.post("https://id.example/token", data=form).json()["access_token"]

            @mcp.tool
            def delete_customer(number: str) -> str:
                headers = {"Authorization": f"Bearer {delegated()}"}
                return httpx.delete("https://crm.internal/customers", params={"n": number}, headers=headers).text

            @mcp.tool
            def forecast(city: str) -> str:
                key = os.environ["WEATHER_API_KEY"]
                return httpx.get("https://api.openweathermap.org/v1", params={"q": city, "appid": key}).text

            @mcp.tool
            def list_orders() -> str:
                headers = {"Authorization": os.environ["ORDERS_TOKEN"], "X-Subject": get_access_token().claims["sub"]}
                return httpx.get("https://orders.internal/orders", headers=headers).text

            @mcp.tool
            def status() -> str:
                headers = {"User-Agent": os.environ["APP_NAME"], "X-Region": os.environ["REGION"]}
                timeout = float(os.environ["TIMEOUT"])
                return httpx.post("https://status.internal/", headers=headers, timeout=timeout).text

            mcp.run(transport="http")
            """,
            note="exchanged, public, bound to the subject, and no credential at all",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("crm")

            @mcp.tool
            def delete_customer(number: str) -> str:
                headers = {"Authorization": os.environ["CRM_TOKEN"]}
                return httpx.delete("https://crm.internal/customers", params={"n": number}, headers=headers).text

            mcp.run()
            """,
            note="stdio takes credentials from the environment",
        ),
        py(
            """
            import os
            import psycopg2
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("notes", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="notes"))

            @mcp.tool
            def own_notes(word: str) -> list:
                with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
                    subject = get_access_token().claims["sub"]
                    cursor.execute("SELECT * FROM notes WHERE owner = %s AND word = %s", (subject, word))
                    return cursor.fetchall()

            mcp.run(transport="http")
            """,
            note="the query asks for what is the caller's",
        ),
        py(
            """
            import os
            from pathlib import Path
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            mcp = FastMCP("notes", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="notes"))

            def settings() -> dict[str, str]:
                return {"root": os.environ["NOTES_ROOT"], "key": os.environ["EMBEDDINGS_API_KEY"]}

            @mcp.tool
            def clear() -> None:
                (Path(settings()["root"]) / "notes.md").unlink()

            mcp.run(transport="http")
            """,
            note="no credential opens a file of the machine",
        ),
        py(
            """
            import os
            from crm_sdk import connect, fetch_page
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            mcp = FastMCP("notes", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="notes"))

            def settings() -> dict[str, str]:
                return {"size": os.environ["MAX_SIZE"], "key": os.environ["CRM_API_KEY"]}

            def limits(values: dict[str, str]) -> list[str]:
                return [values[name] for name in values]

            @mcp.tool
            def fetch(url: str) -> str:
                return fetch_page(url, max_bytes=int(limits(settings())[0]))

            @mcp.tool
            def remove(number: str) -> None:
                connect(limits(settings())[1]).delete_customer(number)  # finding

            mcp.run(transport="http")
            """,
            note="a number is no credential, whatever it was read with",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            client = httpx.AsyncClient(
                base_url="https://crm.internal", headers={"Authorization": f"Bearer {os.environ['CRM_TOKEN']}"}
            )
            verifier = JWTVerifier(jwks_uri="https://id.example/jwks", audience="crm")
            mcp = FastMCP.from_openapi(httpx.get("https://crm.internal/api").json(), client, auth=verifier)  # finding
            mcp.run(transport="http")
            """,
            note="one credential for all operations of a description",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            client = httpx.AsyncClient(base_url="https://weather.example")
            verifier = JWTVerifier(jwks_uri="https://id.example/jwks", audience="weather")
            mcp = FastMCP.from_openapi(httpx.get("https://weather.example/api.json").json(), client, auth=verifier)
            mcp.run(transport="http")
            """,
            note="a client without a credential",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each credential that tools of one server share whoever calls."""
        found: dict[str, dict[str, Uses]] = {}
        delegations = Delegations(analysis.flow)
        for row in analysis.rows:
            if row.entry.kind in ("tool", "resource") and row.is_remote and row.state.authentication:
                asked = NONE.union(*(effect.credentials for effect in row.effects if _tells_caller(effect)))
                for effect in (effect for effect in row.effects if not asks_permission(effect)):
                    for label in shared_credentials(effect) - (asked if effect.name.endswith(FETCHING) else NONE):
                        found.setdefault(row.entry.server.id, {}).setdefault(label, []).append((row, effect))
        for server, held in found.items():
            for labels in _together(held):
                draft = self._draft(server, labels, [use for label in sorted(labels) for use in held[label]])
                shown = next(row for row in analysis.rows if row.key == draft.rows[0])
                yield msgspec.structs.replace(draft, severity=_weighed(draft.severity, delegations, shown))

    def _draft(self, server: str, labels: Labels, uses: Uses) -> Draft:
        row, effect = max(uses, key=lambda use: gravity(use[1]))
        path, start, end = effect.origin
        name = ", ".join(_quoted(text) for text in credential_texts(labels))
        rows = tuple(dict.fromkeys(use[0].key for use in uses))
        names = list(dict.fromkeys(_title(use[0]) for use in uses))
        handler = row.entry.handler or row.entry.server.site.function
        location = (
            handler.location(start, end)
            if handler.file.path == path
            else handler.location(handler.facts.start, handler.facts.head_end)
        )
        confidence = max(_confidence(use[0]) for use in uses).lowered(1 if row.state.possibly else 0)
        return Draft(
            key=f"{server}|{min(labels)}",
            path=location.path,
            location=location,
            message=f"{_listed(names)} act{'s' if len(names) == 1 else ''} with {name}, whoever calls.",
            why=(
                "Callers are authenticated, but nothing about them reaches the downstream: it sees only the server. "
                "What this credential may do, every caller may do through the tool."
            ),
            severity=Severity.INFO if only_asks(effect, labels) else SEVERITIES[effect.rank],
            confidence=min(Confidence.LOW if row.state.anonymous else Confidence.MEDIUM, confidence),
            evidence=tuple(_evidence(row, effect, name)),
            rows=rows,
        )


def _title(row: Row) -> str:
    """Return the name of a tool, or what stands for all that are made of a description."""
    return row.title if row.entry.handler is not None else f"Each operation of `{row.entry.server.symbol}`"


def _confidence(row: Row) -> Confidence:
    """Return how sure a row is; which operations a description has changes nothing of what they are sent with."""
    return row.confidence() if row.entry.handler is not None else Confidence.HIGH.lowered(row.state.uncertainty)


def _weighed(severity: Severity, delegations: Delegations, row: Row) -> Severity:
    """Return how grave it is: less where the server's own only stands in for a credential that callers may bring.

    Where a switch must be set before it does, whoever sets it decides that.
    """
    if not delegations.may_act_for_caller(row):
        return severity
    return Severity.INFO if delegations.refuses_to_stand_in(row) else max(Severity.LOW, severity.lowered(1))


def _together(server: Mapping[str, Uses]) -> list[Labels]:
    """Return the credentials of a server in groups that stand for each other: of the same tools, or for one request."""
    alike: dict[frozenset[str], set[str]] = {}
    for label, uses in server.items():
        alike.setdefault(frozenset(row.key for row, _ in uses), set()).add(label)
    requests = {shared_credentials(effect) for uses in server.values() for _, effect in uses}
    groups: list[Labels] = []
    for labels in (*map(frozenset, alike.values()), *requests):
        groups = [*(group for group in groups if not group & labels), labels.union(*(g for g in groups if g & labels))]
    return sorted(groups, key=min)


def shared_credentials(effect: Effect) -> Labels:
    """Return the server's own credentials of an effect, none when something about the caller goes with them."""
    own = frozenset(label for label in effect.credentials if label.startswith(AMBIENT)) if effect.rank else frozenset()
    return frozenset() if own and _tells_caller(effect) else own


def _tells_caller(effect: Effect) -> bool:
    """Tell whether something about the caller goes with an effect."""
    given = effect.arguments | effect.credentials
    return not given.isdisjoint(CALLER) or any(label.startswith(CALLERS) for label in given)


def _quoted(text: str) -> str:
    """Return a name as code, and what stands for one as it is."""
    return text if " " in text else f"`{text}`"


def _evidence(row: Row, effect: Effect, name: str) -> Iterator[Evidence]:
    place = row.state.authenticated_at
    if place is not None:
        knows = "lets in whoever holds its token" if row.state.anonymous else "knows the caller"
        yield Evidence(place.path, place.line, f"`{row.state.authentication}` {knows}")
    for via in effect.via[:4]:
        yield Evidence(via.path, via.line, f"from {row.title}")
    target = destination_text(effect) if effect.url else effect.name
    yield Evidence(effect.place.path, effect.place.line, f"{effect.method or effect.kind} {target} with {name}")


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
