"""A tool that its siblings leave alone unguarded is guarded as they are."""

import pytest

from analyzers import analyze
from analyzers.finding import Fix, Safety
from tests.analyzers.programs import fixed_by, tree_of

HEAD = """\
import functools
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))


async def ask(scope: str) -> None:
    require(scope)


def require(scope: str) -> None:
    token = get_access_token()
    if token is None or scope not in token.scopes:
        raise PermissionError("forbidden")


def requires(scope: str):
    def around(tool):
        @functools.wraps(tool)
        def checked(*args, **kwargs):
            require(scope)
            return tool(*args, **kwargs)

        return checked

    return around

"""
READ = """
@mcp.tool
{decorator}{kind}def read_order(number: str) -> str:
    {statement}return httpx.get("https://orders.internal/orders", params={{"n": number}}).text

"""
DELETE = """
@mcp.tool
{decorator}{kind}def delete_customer(number: str) -> str:
    {statement}return httpx.delete("https://crm.internal/customers", params={{"id": number}}).text


mcp.run(transport="http")
"""


def tool(form: str, *, decorator: str = "", statement: str = "", kind: str = "") -> str:
    """Return a tool with a guard."""
    return form.format(
        decorator=decorator and f"@{decorator}\n", statement=statement and f"{statement}\n    ", kind=kind
    )


def offered(text: str) -> tuple[Fix | None, str]:
    """Return the fix of the tool that is not guarded, and the program with it."""
    fix, changed = fixed_by({"server.py": text}, "missing-per-tool-authorization")
    return fix, changed.get("server.py", "")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('require("orders:read")', 'require("customer:delete")'),
        ('require("orders.read")', 'require("customer.delete")'),
        ('require("read:orders")', 'require("delete:customer")'),
        ('require("orders")', 'require("customer:delete")'),
    ],
)
def test_a_scope_is_asked_for_in_the_form_that_the_siblings_have(given: str, expected: str) -> None:
    fix, fixed = offered(HEAD + tool(READ, statement=given) + tool(DELETE))

    assert fix is not None
    assert fix.safety is Safety.REVIEW
    assert fixed == HEAD + tool(READ, statement=given) + tool(DELETE, statement=expected)


def test_a_decorator_is_written_below_those_that_the_tool_has() -> None:
    guarded = tool(READ, decorator='requires("orders:read")')
    fix, fixed = offered(HEAD + guarded + tool(DELETE))

    assert fix is not None
    assert fixed == HEAD + guarded + tool(DELETE, decorator='requires("customer:delete")')


def test_a_guard_that_is_awaited_is_offered_to_asynchronous_tools_alone() -> None:
    guarded = tool(READ, statement='await ask("orders:read")', kind="async ")
    _, fixed = offered(HEAD + guarded + tool(DELETE, kind="async "))
    _, other = offered(HEAD + guarded + tool(DELETE))

    assert fixed == HEAD + guarded + tool(DELETE, statement='await ask("customer:delete")', kind="async ")
    assert "class AllowedTools" in other


def test_siblings_that_ask_in_different_ways_give_no_example() -> None:
    one, other = tool(READ, statement='require("orders:read")'), tool(READ, decorator='requires("orders:read")')
    _, fixed = offered(HEAD + one + other.replace("read_order", "list_orders") + tool(DELETE))

    assert "class AllowedTools" in fixed


RECORDED = """
import logging
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware


class ToolAudit(Middleware):
    async def on_call_tool(self, context, call_next):
        result = await call_next(context)
        record = {{"tool": context.message.name, "subject": get_access_token().claims["sub"]}}
        logging.getLogger("calls").info("call", extra=record)
        return result


mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"){made})
{attached}

@mcp.tool
def delete_customer(number: str) -> str:
    return httpx.delete("https://crm.internal/customers", params={{"n": number}}).text


mcp.run(transport="http")
"""


@pytest.mark.parametrize("required", ["fastmcp>=2.14,<3", "fastmcp>=3,<4"])
@pytest.mark.parametrize(
    ("made", "attached"), [(", middleware=[ToolAudit()]", ""), ("", "mcp.add_middleware(ToolAudit())\n")]
)
def test_what_a_new_check_refuses_is_recorded_where_calls_are_once_they_are_back(
    required: str, made: str, attached: str
) -> None:
    text = RECORDED.format(made=made, attached=attached)
    fix, changed = fixed_by({"server.py": text, "requirements.txt": required}, "missing-per-tool-authorization")

    assert fix is not None
    assert 'logging.getLogger("audit").warning("refused", extra={"tool": context.message.name})' in changed["server.py"]


@pytest.mark.parametrize("told", [True, False])
def test_a_hook_that_records_what_it_refuses_leaves_nothing_out(told: bool) -> None:
    text = RECORDED.format(made=", middleware=[ToolAudit(), Guard()]", attached="")
    record = '            logging.getLogger("calls").warning("refused %s", context.message.name)\n' if told else ""
    guard = f"""
class Guard(Middleware):
    async def on_call_tool(self, context, call_next):
        if context.message.name not in get_access_token().claims["allowed_tools"]:
{record}            raise PermissionError(context.message.name)
        return await call_next(context)


mcp = """
    findings = analyze(tree_of({"server.py": text.replace("\nmcp = ", guard)})).findings

    assert any(item.rule == "denied-call-not-recorded" for item in findings) is not told
