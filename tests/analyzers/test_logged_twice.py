"""One secret that several logging calls of a function write."""

from analyzers import analyze
from tests.analyzers.programs import fixed_by, tree_of

SERVER = """\
import logging
import os

logger = logging.getLogger(__name__)
PASSWORD = os.environ["SHOP_PASSWORD"]
KEY = os.environ["SHOP_API_KEY"]


def connect(kind: str) -> str:
    if kind == "old":
        logger.info(f"old shop with {PASSWORD}")
        return "old"
    logger.info("shop with %s", PASSWORD)
    MORE
    return "new"


connect("new")
"""


def told(more: str) -> list[str]:
    report = analyze(tree_of({"server.py": SERVER.replace("MORE", more)}))
    return sorted(item.message for item in report.findings if item.rule == "secret-in-log")


def test_a_secret_is_told_once_for_a_function() -> None:
    assert told("pass") == ["2 calls in `connect` write `SHOP_PASSWORD` of the environment to the log."]


def test_another_secret_is_told_apart() -> None:
    assert told("logger.info(KEY)") == [
        "2 calls in `connect` write `SHOP_PASSWORD` of the environment to the log.",
        "`logger.info` writes `SHOP_API_KEY` of the environment to the log.",
    ]


def test_all_places_are_mended_together() -> None:
    fix, changed = fixed_by({"server.py": SERVER.replace("MORE", "pass")}, "secret-in-log")

    assert fix is not None
    assert "PASSWORD}" not in changed["server.py"]
    assert '"shop with %s", "[redacted]")' in changed["server.py"]
