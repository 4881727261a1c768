"""Objects that methods of their own class make, `return cls(...)`, and what servers that hold them log."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Confidence, Finding

SERVER = """
import logging
import os
import sys
import yaml
from dataclasses import dataclass
import psycopg2
from fastmcp import FastMCP

logger = logging.getLogger(__name__)


@dataclass
class Settings:
    database: str
    password: str
    api_key: str

    @classmethod
    def load(cls, path):
        with open(path) as file:
            found = yaml.safe_load(file)
        return cls(database=found["name"], password=found["password"], api_key=os.environ["SHOP_API_KEY"])

    def options(self):
        every = {{"dbname": self.database, "password": self.password}}
        return {{key: value for key, value in every.items() if value}}


def writer(name):
    def write(level, message):
        print(f"[{{name}}] {{level}} {{message}}", file=sys.stderr)
    return write


class Shop:
    def __init__(self, settings: Settings):
        self.write = writer("shop")
        options = settings.options()
        {logged}
        self.connection = psycopg2.connect(**options)
        self.server = FastMCP("shop")

        @self.server.tool
        def orders() -> list:
            cursor = self.connection.cursor()
            cursor.execute("SELECT id FROM orders")
            return cursor.fetchall()


def show(settings: Settings):
    writer("command")("info", {shown})


shop = Shop(Settings.load("shop.yaml"))
shop.server.run(transport="http")
"""


def _told(scan: Callable[[dict[str, str]], Report], logged: str = "pass", shown: str = "'done'") -> list[Finding]:
    report = scan({"server.py": SERVER.format(logged=logged, shown=shown)})
    return [item for item in report.findings if item.rule == "secret-in-log"]


@pytest.mark.parametrize(
    ("logged", "found"),
    [
        ('logger.info("with %s", settings.api_key)', True),
        ('logger.info("with %s", settings.password)', True),
        ('logger.info(f"with {options}")', True),
        ('self.write("info", f"with {options}")', True),
        ('logger.info("with %s", settings.database)', False),
        ("logger.info(\"with %s\", options['dbname'])", False),
        ('self.write("info", f"with {len(options)}")', False),
    ],
)
def test_what_a_class_made_of_itself_holds_is_known(
    scan: Callable[[dict[str, str]], Report], logged: str, found: bool
) -> None:
    told = _told(scan, logged)

    assert bool(told) is found
    assert all(item.confidence >= Confidence.MEDIUM for item in told)


def test_what_only_a_command_shows_is_no_sure_log(scan: Callable[[dict[str, str]], Report]) -> None:
    (told,) = _told(scan, shown='f"with {settings.options()}"')

    assert told.confidence is Confidence.LOW
