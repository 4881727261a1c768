"""However a secret is put into a line of a log or an answer to a model, it is told; its mere traces are not."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

HEAD = """
import functools, hashlib, json, logging, os, pprint, sys, warnings
import click, httpx, requests, structlog
from dataclasses import asdict, dataclass
from pathlib import Path
from fastmcp import Context, FastMCP
from fastmcp.server.dependencies import get_access_token, get_http_headers, get_http_request
from loguru import logger as loguru_logger
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from rich.console import Console

logger = logging.getLogger(__name__)
log = structlog.get_logger()
console = Console()
mcp = FastMCP("shop")
API_KEY = os.environ["SHOP_API_KEY"]
HEADERS = {"Authorization": f"Bearer {API_KEY}", "Accept": "x"}

class Settings(BaseSettings):
    api_key: str = ""
    base_url: str = ""
    signing: SecretStr

@dataclass
class Config:
    token: str
    url: str

settings = Settings()
config = Config(token=os.getenv("SHOP_TOKEN"), url="https://shop.dev")
"""
SECRETS = (
    *('os.environ["SHOP_TOKEN"]', "API_KEY", "settings.api_key", "config.token", "settings.signing.get_secret_value()"),
    *("HEADERS", "config", "asdict(config)", "vars(config)", "config.__dict__", "settings", "settings.model_dump()"),
    *("get_access_token().token", 'get_http_request().headers["authorization"]', "dict(os.environ)"),
    *('open("/run/secrets/db_password").read()', 'Path(".env").read_text()', "f'https://shop.dev/?key={API_KEY}'"),
)
LOGS = (
    *('logger.info(f"got {IT}")', 'logger.info("got %s", IT)', 'logger.info("got %s" % IT)', "logger.debug(str(IT))"),
    *('logger.info("got {}".format(IT))', 'logger.info("got", extra={"it": IT})', 'logger.info({"it": IT})'),
    *("print(IT)", "print(IT, file=sys.stderr)", 'log.info("got", it=IT)', 'loguru_logger.info("got {}", IT)'),
    *('log.bind(it=IT).info("got")', "warnings.warn(str(IT))", "console.print(IT)", "click.secho(str(IT))"),
    'it = {"a": 1}\n    it["b"] = IT\n    logger.info("got %s", it)',
    'it = []\n    it.append(IT)\n    logger.info("got %s", json.dumps(it))',
    'with open("/run/secrets/key") as file:\n        logger.exception(file.read().strip())',
)
HARMLESS = (
    *("bool(API_KEY)", "len(API_KEY)", "API_KEY[:4]", "hashlib.sha256(API_KEY.encode()).hexdigest()"),
    *("list(HEADERS)", "list(os.environ)", "[name for name in HEADERS]", "settings.signing"),
    *("config.url", "settings.base_url", '"set" if API_KEY else "unset"', 'Path("token.json").read_text()'),
)
ANSWERS = (
    *("return {'it': IT}", 'return f"it is {IT}"', "raise ValueError('no ' + str(IT))", "return [1, IT]"),
    *("answer = {}\n    answer['it'] = IT\n    return answer", "answer = []\n    answer.append(IT)\n    return answer"),
    *("return json.dumps({'a': {'b': [str(IT)]}})", "answer = {'it': 1}\n    answer.update(it=IT)\n    return answer"),
)


def _told(rule: str, bodies: list[str]) -> set[int]:
    tools = [f"\n@mcp.tool\ndef tool_{number}():\n    {body}\n" for number, body in enumerate(bodies)]
    report = analyze(tree_of({"server.py": "\n".join((HEAD, *tools, 'mcp.run(transport="http")\n'))}))
    found = [item for item in report.findings if item.rule == rule]
    starts = [number for number, tool in enumerate(tools) for _ in range(tool.count("\n") + 1)]
    first = HEAD.count("\n") + 2
    lines = {item.location.span.start.line for item in found}
    named = {int(name.rpartition("_")[2]) for item in found for name in item.tools}
    return named | {starts[line - first] for line in lines}


@pytest.mark.parametrize(
    ("rule", "forms"), [("secret-in-log", LOGS), ("secret-returned-to-model", ANSWERS)], ids=["logs", "answers"]
)
def test_a_secret_is_told_in_every_form_of_showing_it(rule: str, forms: tuple[str, ...]) -> None:
    shown = [forms[0].replace("IT", secret.replace('"', "'")) for secret in SECRETS]
    shown += [form.replace("IT", secret) for form in forms for secret in ("API_KEY", "settings.api_key")]
    harmless = [forms[1].replace("IT", value.replace('"', "'")) for value in HARMLESS]

    assert _told(rule, [*shown, *harmless]) == set(range(len(shown)))


def test_what_is_put_into_a_table_after_it_was_written_is_not_told() -> None:
    body = 'sent = {"a": 1}\n    logger.info("sending %s", sent)\n    sent["key"] = API_KEY\n    return ""'

    assert _told("secret-in-log", [body]) == set()
