"""Texts of internal errors in the answers that a model reads."""

from collections.abc import Iterator, Mapping

from analyzers.authority.harm import listed
from analyzers.authority.rows import Row
from analyzers.evidence.error_answers import answers_of, worded
from analyzers.evidence.masked_errors import is_maskable
from analyzers.evidence.worded import Worded
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.errors import MASKING, in_own_words, with_masking
from analyzers.flow.effects import reach
from analyzers.flow.labels import is_chosen
from analyzers.flow.secrets import TRACE
from analyzers.frameworks.endpoints import is_internal
from analyzers.frameworks.errors import BROAD
from analyzers.frameworks.sinks import RANKS
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class InternalErrorToModel(Rule):
    """
    ## What it finds
    A tool, resource or prompt of a network server that catches the error of another service, a database, a command or
    anything at all, and returns or raises its text or its traceback.

    Errors of the program's own types, of validation, and of missing files or keys are meant for callers and not
    reported. A raised error is not reported where the server masks details, unless it leaves as a type that is made to
    pass: as a `ToolError` of its own, of a helper, or of a wrapper around the tool.

    ## Why it matters
    Such texts name hosts, paths, statements and versions, and often repeat what was sent: a URL with its key, a header,
    a row of a table. A caller over the network learns the insides of the server one provoked error at a time.

    ## Fix
    Have the server mask the details of errors (`mask_error_details=True`), log the error with an id, and answer with a
    sentence of your own and that id. Raise `ToolError` for what the caller should know.
    """

    id = "internal-error-to-model"
    summary = "an answer holds the text of an internal error"
    principle = "assume_breach"
    severity = Severity.LOW
    cwe = ("CWE-209",)
    owasp = ("MCP10", "MCP01")
    spec = ("server/tools#error-handling",)
    pattern = "secrets-stay-inside"
    is_said_once = True
    examples = (
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("orders")

            @mcp.tool
            def get_order(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/", params={"n": number}).text
                except Exception as error:
                    raise RuntimeError(f"The order could not be read: {error}")  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("orders", mask_error_details=True)

            @mcp.tool
            def get_order(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/", params={"n": number}).text
                except Exception as error:
                    raise RuntimeError(f"The order could not be read: {error}")

            mcp.run(transport="http")
            """,
            note="raised with the text of any error",
        ),
        py(
            """
            import traceback
            import psycopg
            from mcp.server.fastmcp import FastMCP

            mcp = FastMCP("orders")

            def failed(error: Exception) -> dict:
                return {"error": str(error)}  # finding

            @mcp.tool()
            def get_order(number: str) -> dict:
                try:
                    with psycopg.connect("dbname=shop") as connection:
                        return connection.execute("select * from orders where n = %s", (number,)).fetchone()
                except psycopg.Error as error:
                    return failed(error)

            @mcp.tool()
            def get_name(number: str) -> dict:
                try:
                    with psycopg.connect("dbname=shop") as connection:
                        return connection.execute("select name from orders where n = %s", (number,)).fetchone()
                except Exception as error:
                    return failed(error)

            mcp.run(transport="streamable-http")
            """,
            note="worded by a helper for several tools",
        ),
        py(
            """
            import traceback
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("orders", mask_error_details=True)

            @mcp.tool
            def get_order(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/", params={"n": number}).text
                except Exception:
                    return traceback.format_exc()  # finding

            mcp.run(transport="http")
            """,
            note="a traceback, which masking does not see",
        ),
        py(
            """
            import base64
            import httpx
            import jsonpath_ng
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("orders")

            class Refused(Exception): ...
            OWN = (Refused, KeyError)

            def worded(error: Exception) -> ToolError | None:
                if isinstance(error, OWN) and error.args:
                    return ToolError(str(error))
                return None

            def repeated(error: Exception) -> ToolError:
                return ToolError(str(error))

            @mcp.tool
            def get_order(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/orders", params={"n": number}).text
                except Exception as error:
                    found = worded(error)
                    if found is None:
                        raise
                    raise found from None

            @mcp.tool
            def get_name(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/names", params={"n": number}).text
                except Exception as error:
                    raise repeated(error) from None  # finding

            @mcp.tool
            def find_orders(path: str) -> list:
                try:
                    found = jsonpath_ng.parse(path.strip())
                except Exception as error:
                    raise ToolError(f"This is no JSONPath: {error}") from None
                return [item.value for item in found.find(httpx.get("https://orders.internal/orders").json())]

            @mcp.tool
            def add_note(content: str) -> str:
                try:
                    data = base64.b64decode(content)
                except Exception as error:
                    raise ToolError(f"This is no base64: {error}") from None
                return httpx.post("https://orders.internal/notes", content=data).text

            mcp.run(transport="http")
            """,
            note="helpers that word their own errors or any, and what is wrong with an argument",
        ),
        py(
            """
            import functools
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            def worded(function):
                @functools.wraps(function)
                async def wrapper(*args, **kwargs):
                    try:
                        return await function(*args, **kwargs)
                    except ToolError:
                        raise
                    except Exception as error:
                        raise ToolError(f"{function.__name__} failed: {error}") from error

                return wrapper

            class Server(FastMCP):
                def tool(self, function):
                    return super().tool(worded(function))

            mcp = Server("orders", mask_error_details=True)

            @mcp.tool
            async def get_order(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/orders", params={"n": number}).text
                except httpx.HTTPError as error:
                    raise RuntimeError(f"The order could not be read: {error}")  # finding

            mcp.run(transport="http")
            """,
            note="a server that wraps its tools in what masking lets pass",
        ),
        py(
            """
            import functools
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            def addressed(function):
                @functools.wraps(function)
                async def wrapper(*args, **kwargs):
                    try:
                        return await function(*args, **kwargs)
                    except TimeoutError as error:
                        raise ToolError(f"{function.__name__} took too long") from error

                return wrapper

            class OrderError(ToolError): ...

            mcp = FastMCP("orders", mask_error_details=True)

            @mcp.tool
            @addressed
            async def get_name(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/names", params={"n": number}).text
                except httpx.HTTPError as error:
                    raise RuntimeError(f"The name could not be read: {error}")

            @mcp.tool
            async def get_total(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/totals", params={"n": number}).text
                except httpx.HTTPError as error:
                    raise OrderError(f"The total could not be read: {error}")  # finding

            mcp.run(transport="http")
            """,
            note="a type that masking lets pass, and a wrapper that words other errors",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("orders", mask_error_details=True)

            def read(path: str, number: str) -> str:
                try:
                    return httpx.get(f"https://orders.internal/{path}", params={"n": number}).text
                except httpx.HTTPError as error:
                    raise ToolError(f"{path} could not be read: {error}")  # finding

            @mcp.tool
            def get_order(number: str) -> str:
                try:
                    return read("orders", number)
                except ToolError:
                    raise
                except Exception as error:
                    raise RuntimeError(f"The order could not be read: {error}")

            @mcp.tool
            def get_name(number: str) -> str:
                try:
                    return read("names", number)
                except Exception as error:
                    raise RuntimeError(f"The name could not be read: {error}")

            mcp.run(transport="http")
            """,
            note="worded by a helper as what masking lets pass, and caught once more",
        ),
        py(
            """
            import logging
            import httpx
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            log = logging.getLogger(__name__)
            mcp = FastMCP("orders", mask_error_details=True)

            class OrderError(Exception):
                pass

            @mcp.tool
            def get_order(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/", params={"n": int(number)}).text
                except ValueError as error:
                    return f"Not a number: {error}"
                except OrderError as error:
                    return str(error)
                except httpx.HTTPError as error:
                    log.error("orders: %s", error)
                    raise ToolError(f"The orders are not available ({type(error).__name__}).")
                except Exception as error:
                    raise RuntimeError(f"failed: {error}")

            mcp.run(transport="http")
            """,
            note="validation, own errors, own words, and masked details",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("orders")

            @mcp.tool
            def get_order(number: str) -> str:
                try:
                    return httpx.get("https://orders.internal/", params={"n": number}).text
                except Exception as error:
                    return f"Error: {error}"

            mcp.run()
            """,
            note="the user of a stdio server is its operator",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each answer with the text of an internal error, those of a server as one finding."""
        found: dict[tuple[str, str, int], tuple[Worded, list[Row]]] = {}
        for row in analysis.rows:
            if not row.is_remote or row.entry.kind == "route" or not row.effects:
                continue
            masked = _is_masked(row)
            for answer in answers_of(analysis, row):
                if masked and is_maskable(analysis, row, answer):
                    continue
                told = worded(analysis.exposure, answer)
                key = (row.entry.server.id, told.function.id, told.event.start)
                found.setdefault(key, (told, []))[1].append(row)
        for told, rows in found.values():
            yield self._draft(told, rows)

    def _draft(self, told: Worded, rows: list[Row]) -> Draft:
        function, event, secret = told
        row = rows[0]
        location = function.location(event.start, event.end)
        what = "a traceback" if secret.kind == TRACE else f"the text of `{secret.name}`"
        steps = row.state.uncertainty
        names = list(dict.fromkeys(item.name for item in rows))
        any_error = secret.kind != TRACE and f"builtins.{secret.name}" in BROAD
        # What goes wrong where only public addresses are read tells nothing that is not public.
        little = Severity.INFO if all(map(_reads_public, rows)) else Severity.LOW
        return Draft(
            key=f"{row.entry.server.id}|{function.facts.qualname}|{event.kind}|{secret.kind}",
            path=function.file.path,
            location=location,
            message=f"{listed(names)} {'answers' if len(names) == 1 else 'answer'} with {what}.",
            why=(
                "Texts of internal errors name hosts, paths and statements, and often repeat what was sent, "
                "credentials included. Log them under an id, and answer with words of your own."
            ),
            severity=Severity.MEDIUM if secret.kind == TRACE else little,
            confidence=Confidence.HIGH.lowered(steps + (1 if any_error and not steps else 0)),
            evidence=(
                Evidence(secret.path, secret.line, f"{what} is caught"),
                Evidence(location.path, location.span.start.line, "it becomes the answer"),
            ),
            rows=tuple(dict.fromkeys(item.key for item in rows)),
            group=f"{row.entry.server.id} {secret.kind}",
            group_message="answers hold the text of an internal error.",
            telling=max(item.rank for item in rows) + (len(RANKS) if any_error else 0),
            start=event.start,
            end=event.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Mask the details of errors where the server's construction can, else answer with the error's type."""
        row = next(row for row in analysis.rows if row.key in draft.rows)
        answers = ((answer, worded(analysis.exposure, answer)) for answer in answers_of(analysis, row))
        found = next((pair for pair in answers if _place(pair[1]) == (draft.path, draft.start)), None)
        if found is None:
            return None
        answer, told = found
        masking = with_masking(row, analysis, texts) if is_maskable(analysis, row, answer) else None
        return masking or in_own_words(told, analysis, texts)


def _reads_public(row: Row) -> bool:
    """Tell whether all that a tool does is to ask public services, with nothing but what its caller gave."""
    return not row.rank and all(
        reach(effect)
        and not is_internal(reach(effect))
        and not effect.credentials
        and all(is_chosen(label) for piece in effect.url for label in piece.labels)
        for effect in row.effects
    )


def _place(told: Worded) -> tuple[str, int]:
    return told.function.file.path, told.event.start


def _is_masked(row: Row) -> bool:
    server = row.entry.server
    value = server.keywords.get(MASKING, -1)
    return value >= 0 and server.site.function.facts.values[value].text != "False"
