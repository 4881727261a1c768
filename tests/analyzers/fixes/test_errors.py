"""An answer with the text of an internal error gives its type instead, and the log keeps the text."""

import pytest

from analyzers.finding import Safety
from analyzers.fixes.wording import worded
from tests.analyzers.programs import fixed_by

HEAD = """\
import json
import logging
import traceback

import httpx
from mcp.server.fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("orders")


@mcp.tool()
def get_order(number: str) -> str:
    try:
        return httpx.get("https://orders.internal/", params={"n": number}).text
    except Exception as error:
"""
RUN = '\n\nmcp.run(transport="streamable-http")\n'


def patched(*files: tuple[str, str]) -> dict[str, str]:
    """Return the files that the fix of the one finding changes, as it leaves them."""
    fix, changed = fixed_by(dict(files), "internal-error-to-model")
    assert fix is None or fix.safety is Safety.REVIEW
    return changed


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('return f"Error: {error}"', 'return f"Error: {type(error).__name__}"'),
        ('return f"Error: {error!r}"', 'return f"Error: {type(error).__name__}"'),
        ('return "Error: " + str(error)', 'return "Error: " + type(error).__name__'),
        ("return str(error)", "return type(error).__name__"),
        ('return json.dumps({"error": str(error), "number": number})',) * 2,
        ("return traceback.format_exc()", 'return "internal error"'),
        (
            'raise RuntimeError(f"failed: {error}") from error',
            'raise RuntimeError(f"failed: {type(error).__name__}") from error',
        ),
    ],
)
def test_the_type_of_an_error_stands_in_the_place_of_its_text(answer: str, expected: str) -> None:
    expected = expected.replace("str(error)", "type(error).__name__")
    recorded = f'        log.exception("get_order failed")\n        {expected}'

    assert patched(("server.py", f"{HEAD}        {answer}{RUN}")) == {"server.py": HEAD + recorded + RUN}


def test_an_error_that_is_logged_already_is_not_logged_again() -> None:
    logged = HEAD + '        log.warning("orders: %s", error)\n'
    fixed = patched(("server.py", f'{logged}        return f"Error: {{error}}"{RUN}'))

    assert fixed == {"server.py": f'{logged}        return f"Error: {{type(error).__name__}}"{RUN}'}


def test_an_error_is_logged_where_the_only_record_has_its_text_from_the_answer() -> None:
    worded = '        text = str(error)\n        log.error(text)\n        return {"error": text}'
    (fixed,) = patched(("server.py", f"{HEAD}{worded}{RUN}")).values()

    assert '        log.exception("get_order failed")\n        text = type(error).__name__\n' in fixed


def test_a_module_without_logger_gets_one() -> None:
    bare = HEAD.replace("log = logging.getLogger(__name__)\n", "").replace("import logging\n", "")
    (fixed,) = patched(("server.py", f'{bare}        return f"Error: {{error}}"{RUN}')).values()

    assert "import logging\n" in fixed
    assert '        logging.getLogger(__name__).exception("get_order failed")\n' in fixed


def test_the_text_is_taken_out_where_the_error_is_caught() -> None:
    helper = """\
import httpx


def load(number: str) -> dict:
    try:
        return httpx.get("https://orders.internal/", params={"n": number}).json()
    except httpx.HTTPError as failure:
        return {"error": str(failure)}
"""
    server = """\
import json
from mcp.server.fastmcp import FastMCP
from orders import load

mcp = FastMCP("orders")


@mcp.tool()
def get_order(number: str) -> str:
    return json.dumps(load(number))
"""
    (fixed,) = patched(("orders.py", helper), ("server.py", server + RUN)).values()

    assert 'return {"error": type(failure).__name__}\n' in fixed
    assert 'logging.getLogger(__name__).exception("load failed")\n' in fixed


@pytest.mark.parametrize(
    "source", ["error", "str(number)", "error.code", "lambda: 1", 'f"{number}"', "str(error", "errors[0]"]
)
def test_what_holds_no_text_of_an_error_stays(source: str) -> None:
    assert worded(source, {"error"}) is None


@pytest.mark.parametrize(
    ("made", "written"),
    [
        ("from loguru import logger", "logger"),
        ("from loguru import logger as trace", "trace"),
        ("import structlog\nlog = structlog.get_logger()", "log"),
        ("from records import logger", "logger"),
        ("from settings import _log", "_log"),
        ("import logging as log", "logging.getLogger(__name__)"),
    ],
)
def test_a_module_writes_to_the_logger_that_it_has(made: str, written: str) -> None:
    head = HEAD.replace("log = logging.getLogger(__name__)\n", "").replace("import logging\n", f"{made}\n")
    records = "import logging\n\nlogger = logging.getLogger('orders')\n"
    fixed = patched(("server.py", f'{head}        return f"Error: {{error}}"{RUN}'), ("records.py", records))

    assert f'        {written}.exception("get_order failed")\n' in fixed["server.py"]


def test_a_method_writes_to_the_logger_of_its_object() -> None:
    text = """\
import httpx
from loguru import logger as root
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("orders")


class Orders:
    def __init__(self):
        import logging
        self.logger = logging.getLogger("orders")
        mcp.tool(name="get_order")(self.get_order)

    def get_order(self, number: str) -> str:
        root = number
        try:
            return httpx.get("https://orders.internal/", params={"n": root}).text
        except Exception as error:
            return f"Error: {error}"


Orders()
"""
    (fixed,) = patched(("server.py", text + RUN)).values()

    assert '            self.logger.exception("get_order failed")\n' in fixed


MASKED = """\
import functools

import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError


def worded(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except TYPES as error:
            raise WORDED(f"{function.__name__} failed: TEXT") from error

    return wrapper


class Server(FastMCP):
    def tool(self, function):
        return super().tool(REGISTERED)


mcp = Server("orders")


@mcp.tool
def get_order(number: str) -> str:
    try:
        return httpx.get("https://orders.internal/", params={"n": number}).text
    except httpx.HTTPError as error:
        raise RuntimeError(f"The order could not be read: {error}")


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("registered", "types", "raised", "text", "is_masked"),
    [
        ("worded(function)", "Exception", "ToolError", "{error}", False),
        ("worded(function)", "(KeyError, RuntimeError)", "ToolError", "{error}", False),
        ("worded(function)", "(KeyError, OSError)", "ToolError", "{error}", True),
        ("worded(function)", "Exception", "ToolError", "an error", True),
        ("worded(function)", "Exception", "RuntimeError", "{error}", True),
        ("function", "Exception", "ToolError", "{error}", True),
    ],
)
def test_masking_is_offered_where_no_wrapper_lets_the_text_pass(
    registered: str, types: str, raised: str, text: str, is_masked: bool
) -> None:
    program = MASKED.replace("REGISTERED", registered).replace("TYPES", types)
    program = program.replace("WORDED", raised).replace("TEXT", text)
    fix, changed = fixed_by({"server.py": program}, "internal-error-to-model")

    assert fix is not None
    assert (fix.safety is Safety.SAFE) is is_masked
    assert ("mask_error_details=True" in changed["server.py"]) is is_masked
    assert ('could not be read: {type(error).__name__}"' in changed["server.py"]) is not is_masked


def test_masking_is_not_offered_for_what_a_helper_words_and_its_caller_lets_pass() -> None:
    text = """\
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

mcp = FastMCP("orders")


def read(number: str) -> str:
    try:
        return httpx.get("https://orders.internal/", params={"n": number}).text
    except httpx.HTTPError as error:
        raise ToolError(f"The order could not be read: {error}")


@mcp.tool
def get_order(number: str) -> str:
    try:
        return read(number)
    except ToolError:
        raise
    except Exception as error:
        raise RuntimeError(f"Unexpected: {error}")


mcp.run(transport="http")
"""
    assert "mask_error_details" not in "".join(patched(("server.py", text)).values())


MASKABLE = """
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

mcp = FastMCP("orders")


class SignInNeeded(BASE):
    pass


def checked(number: str) -> str:
    if not number.isdigit():
        raise SignInNeeded("open https://orders.example.com/sign-in first")
    return number


@mcp.tool
def get_order(number: str) -> str:
    ASKED
    try:
        return httpx.get("https://orders.internal/", params={"n": wanted}).text
    except Exception as error:
        raise RuntimeError(f"failed: {error}") from error


mcp.run(transport="http")
"""
KEPT = """try:
        wanted = checked(number)
    except SignInNeeded:
        wanted = "0"
"""


@pytest.mark.parametrize(
    ("base", "asked", "safety"),
    [
        ("Exception", "wanted = checked(number)", Safety.REVIEW),
        ("ToolError", "wanted = checked(number)", Safety.SAFE),
        ("Exception", "wanted = number", Safety.SAFE),
        ("Exception", KEPT, Safety.SAFE),
    ],
)
def test_masking_is_a_decision_where_tools_tell_callers_something_by_their_own_errors(
    base: str, asked: str, safety: Safety
) -> None:
    text = MASKABLE.replace("BASE", base).replace("ASKED", asked)
    fix, changed = fixed_by({"server.py": text}, "internal-error-to-model")

    assert fix is not None
    assert fix.safety is safety
    assert 'FastMCP("orders", mask_error_details=True)' in changed["server.py"]
