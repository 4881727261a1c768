"""Credentials that the model passes to a tool."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from analyzers.authority.parameters import SecretParameter, schema_parameters, secret_parameters
from analyzers.authority.rows import Row
from analyzers.authority.taint import in_words
from analyzers.evidence.set_passwords import is_set
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.parameters import without_secret
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

SET, GIVEN = "a password that it sets", "a credential"
SEVERAL = {SET: "passwords that it sets", GIVEN: "credentials"}


class Filled(NamedTuple):
    """A parameter that the model fills with a credential, and the entry points that have it."""

    parameter: SecretParameter
    rows: list[Row]


class SecretAsToolParameter(Rule):
    """
    ## What it finds
    A parameter of a tool, resource or prompt, or a field of its model, that holds a credential: a password, an API key,
    a connection string, or a `token` that the tool authenticates with.

    Page tokens, counts, switches, keys of entries and public keys are no credentials. Parameters that the framework
    fills are not seen by the model.

    A password that a tool is asked to set, of a user or of a file, is reported as of little harm: it has to come from
    somewhere.

    ## Why it matters
    To pass a credential the model must hold it: it stands in the conversation, goes to the provider, is recorded with
    the call, and can be talked out of the model or into another tool.

    ## Fix
    Take the credential from the request, in a dependency or a header of its own, or from the server's configuration.
    Where a user has to give one, ask with elicitation in URL mode, past the model.
    """

    id = "secret-as-tool-parameter"
    summary = "the model passes a credential to a tool"
    principle = "ambient_authority"
    severity = Severity.MEDIUM
    cwe = ("CWE-522", "CWE-200")
    owasp = ("MCP01", "MCP10")
    spec = ("server/tools#security-considerations",)
    pattern = "secrets-stay-inside"
    examples = (
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("crm")

            @mcp.tool
            def list_customers(
                page: int,
                api_key: str,  # finding
            ) -> str:
                return httpx.get("https://crm.example/customers", headers={"X-Api-Key": api_key}).text

            @mcp.tool
            def list_orders(token: str) -> str:  # finding
                return httpx.get("https://crm.example/orders", headers={"Authorization": f"Bearer {token}"}).text

            mcp.run()
            """,
            fixed="""
            import httpx
            from fastmcp import FastMCP
            import os

            mcp = FastMCP("crm")

            @mcp.tool
            def list_customers(
                page: int,
            ) -> str:
                api_key = os.environ["API_KEY"]
                return httpx.get("https://crm.example/customers", headers={"X-Api-Key": api_key}).text

            @mcp.tool
            def list_orders() -> str:
                token = os.environ["TOKEN"]
                return httpx.get("https://crm.example/orders", headers={"Authorization": f"Bearer {token}"}).text

            mcp.run()
            """,
            note="a key by its name, and a token by its use",
        ),
        py(
            """
            from typing import Annotated
            import httpx
            from fastmcp import FastMCP
            from pydantic import Field

            mcp = FastMCP("crm", auth=verifier)

            @mcp.tool
            async def list_customers(page: int, api_key: Annotated[str, Field(description="key")]) -> str:  # finding
                '''List them.'''
                async with httpx.AsyncClient() as client:
                    return (await client.get("https://crm.example/", headers={"X-Api-Key": api_key})).text

            @mcp.tool
            def list_bills(db_password: str | None = None, page: int = 1) -> str:  # finding
                return httpx.get("https://crm.example/bills", auth=("crm", db_password or "")).text

            mcp.run(transport="http")
            """,
            fixed="""
            from typing import Annotated
            import httpx
            from fastmcp import FastMCP
            from pydantic import Field
            from fastmcp.server.dependencies import get_http_headers

            mcp = FastMCP("crm", auth=verifier)

            @mcp.tool
            async def list_customers(page: int) -> str:
                '''List them.'''
                api_key = get_http_headers()["x-api-key"]
                async with httpx.AsyncClient() as client:
                    return (await client.get("https://crm.example/", headers={"X-Api-Key": api_key})).text

            @mcp.tool
            def list_bills(page: int = 1) -> str:
                db_password = get_http_headers().get("x-db-password")
                return httpx.get("https://crm.example/bills", auth=("crm", db_password or "")).text

            mcp.run(transport="http")
            """,
            note="over HTTP each caller has a header of its own",
        ),
        py(
            """
            from mcp.server.fastmcp import FastMCP
            from pydantic import BaseModel
            import psycopg

            class Connection(BaseModel):
                host: str
                password: str  # finding

            mcp = FastMCP("database")

            @mcp.tool()
            def connect(connection: Connection) -> str:
                psycopg.connect(host=connection.host, password=connection.password)
                return "connected"

            mcp.run(transport="streamable-http")
            """,
            note="a field of a model",
        ),
        py(
            """
            import os
            import psycopg
            from mcp.server.lowlevel import Server
            from mcp.types import Tool

            server = Server("database")

            @server.list_tools()
            async def list_tools():
                return [
                    Tool(
                        name="connect",
                        description="Connect to a database",
                        inputSchema={
                            "type": "object",
                            "properties": {
                                "host": {"type": "string"},
                                "password": {"type": "string"},  # finding
                                "save_password": {"type": "boolean"},
                            },
                        },
                    )
                ]

            @server.call_tool()
            async def call_tool(name, arguments):
                if name == "connect":
                    psycopg.connect(host=arguments["host"], password=arguments["password"])
                    return []
                raise ValueError(name)
            """,
            note="a property of a schema",
        ),
        py(
            """
            from typing import Literal
            import httpx
            from fastmcp import Context, FastMCP
            from fastmcp.dependencies import CurrentHeaders, Depends

            mcp = FastMCP("shop")

            def api_key_of_caller(headers: dict = CurrentHeaders()) -> str:
                return headers["x-shop-key"]

            @mcp.tool
            def list_orders(
                page_token: str,
                max_tokens: int,
                include_password: bool,
                primary_key: str,
                public_key: str,
                idempotency_key: str,
                key: str,
                ctx: Context,
                api_key: str = Depends(api_key_of_caller),
            ) -> str:
                return httpx.get("https://shop.example/orders", headers={"X-Api-Key": api_key}).text

            @mcp.tool
            def get_price(token: str) -> str:
                return httpx.get("https://prices.example/v1", params={"symbol": token}).text

            mcp.run(transport="http")
            """,
            note="page tokens, switches, keys of entries, a currency, and a dependency",
        ),
        py(
            """
            from typing import Annotated
            import httpx
            from fastmcp import FastMCP
            from pydantic import Field

            mcp = FastMCP("systems")

            @mcp.tool
            def register(
                name: str,
                credentials: Annotated[
                    list[dict[str, str]] | None,
                    Field(description='[{"Type": "ADMIN", "SecretId": "<ARN>"}]'),
                ] = None,
            ) -> str:
                return httpx.post("https://systems.example/", json={"name": name}, auth=credentials).text

            @mcp.tool
            def adopt(
                name: str,
                credentials: Annotated[list[str], Field(description="user and password")],  # finding
            ) -> str:
                return httpx.post("https://systems.example/", json={"name": name}, auth=credentials).text

            mcp.run()
            """,
            note="the ids of secrets that lie elsewhere",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("directory")

            @mcp.tool
            def create_user(name: str, password: str) -> str:  # finding
                key = os.environ["DIRECTORY_KEY"]
                return httpx.post("https://directory.example/", json={"of": name, "password": password}, auth=key).text

            @mcp.tool
            def set_password(name: str, new_password: str) -> str:  # finding
                key = os.environ["DIRECTORY_KEY"]
                return httpx.put("https://directory.example/" + name, json={"password": new_password}, auth=key).text

            mcp.run()
            """,
            note="a password to set",
        ),
        py(
            """
            import os
            import httpx
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("crm")

            @mcp.tool()
            def rotate(password_length: int, secret_name: str, token_count: int = 3) -> str:
                headers = {"Authorization": os.environ["CRM_TOKEN"]}
                return httpx.post("https://crm.example/rotate", json={"name": secret_name}, headers=headers).text

            def connect(password: str) -> str:
                return password

            mcp.run()
            """,
            note="names of secrets, lengths, and a function that is no tool",
        ),
        py(
            """
            import functools, os
            from fastmcp import FastMCP
            from pydantic import BaseModel, SecretStr

            class Config(BaseModel):
                api_key: SecretStr

            def list_orders(config: Config, customer: str) -> str:
                return customer

            def main() -> None:
                mcp = FastMCP("orders")
                config = Config(api_key=os.environ["ORDERS_KEY"])
                mcp.tool()(functools.partial(list_orders, config))
                mcp.run()

            main()
            """,
            note="what is given where the tool is registered is not the model's",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each credential among the parameters of an entry point."""
        found: dict[tuple[str, int], tuple[SecretParameter, list[Row]]] = {}
        for row in analysis.rows:
            if row.entry.kind in ("tool", "resource", "prompt"):
                for parameter in secret_parameters(analysis.flow, row):
                    place = (parameter.function.file.path, parameter.start)
                    found.setdefault(place, (parameter, []))[1].append(row)
        for name, parameter in schema_parameters(analysis.calls("Tool"), analysis.flow):
            for row in analysis.rows:
                if row.name == name and row.entry.branch is not None:
                    place = (parameter.function.file.path, parameter.start)
                    found.setdefault(place, (parameter, []))[1].append(row)
        signatures: dict[tuple[str, str], list[Filled]] = {}
        for parameter, rows in found.values():
            what = SET if all(is_set(parameter.name, row) for row in rows) else GIVEN
            signatures.setdefault((parameter.function.id, what), []).append(Filled(parameter, rows))
        together = _together(signatures)
        for (_, what), filled in signatures.items():
            yield self._draft(filled, what, together[filled[0].parameter.name, what])

    def _draft(self, filled: list[Filled], what: str, among: list[str]) -> Draft:
        parameter, row = filled[0].parameter, filled[0].rows[0]
        names = [each.parameter.name for each in filled]
        location = parameter.location
        handler = _beside(parameter, row.entry.inner or row.entry.handler)
        steps = [
            Evidence(each.parameter.location.path, each.parameter.location.line, f"`{name}` is filled by the model")
            for each, name in zip(filled, names, strict=True)
        ]
        if handler is not None and handler is not parameter.function:
            steps.append(Evidence(handler.file.path, handler.line, f"the input of {row.title}"))
        given = in_words([f"`{name}`" for name in names])
        return Draft(
            key=f"{location.path}|{parameter.function.facts.qualname}|{','.join(names)}",
            path=location.path,
            location=location,
            message=f"{row.title} has the model pass {given}, {what if len(names) == 1 else SEVERAL[what]}.",
            why=(
                "A credential that the model passes stands in the conversation: it goes to the provider, into every "
                "record of the call, and to whoever talks the model out of it."
            ),
            severity=Severity.LOW if what == SET else Severity.MEDIUM,
            confidence=Confidence.HIGH,
            evidence=tuple(steps),
            rows=tuple(dict.fromkeys(item.key for each in filled for item in each.rows)),
            group=f"{row.entry.server.id}|{','.join(among)}|{what}",
            group_message=f"tools have the model pass {' or '.join(f'`{name}`' for name in among)}, {what}.",
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Drop the parameter, and read it where the model does not see it; what a tool sets comes from its caller."""
        if draft.severity is Severity.LOW:
            return None
        return without_secret(draft, analysis, texts)


def _beside(parameter: SecretParameter, handler: Function | None) -> Function | None:
    """Return what handles a tool: of classes that each handle one, by a method of one name, that of the parameter's."""
    file = parameter.function.file
    if handler is None or handler.file is file or handler.facts.kind != "method":
        return handler
    return next((function for function in file.functions if function.facts.name == handler.facts.name), handler)


def _together(signatures: Mapping[tuple[str, str], list[Filled]]) -> dict[tuple[str, str], list[str]]:
    """Return by name and kind the names of all credentials that some tools ask for together."""
    groups: list[tuple[str, set[str]]] = []
    for (_, what), filled in signatures.items():
        names = {each.parameter.name for each in filled}
        joined = [group for group in groups if group[0] == what and not group[1].isdisjoint(names)]
        groups = [group for group in groups if group not in joined]
        groups.append((what, names.union(*(group[1] for group in joined))))
    return {(name, what): sorted(names) for what, names in groups for name in names}
