"""Lengths of time are folded to seconds, wherever their parts are written."""

import pytest

from analyzers.flow.durations import Duration, DurationReader
from analyzers.flow.summaries import Flow
from tests.analyzers.programs import given, named, program_of

HEAD = """
import os
import time
from datetime import UTC, datetime, timedelta
from pydantic import Field
from pydantic_settings import BaseSettings
from limits import DAYS
import limits

HOUR = 60 * 60

class Settings(BaseSettings):
    minutes: int = 90
    seconds: int = Field(default=7_200)

settings = Settings()

def now():
    return datetime.now(UTC)

def later(delta=timedelta(minutes=5)):
    return now() + delta
"""
FILES = {"limits.py": "DAYS = 2\nWEEK = 7 * DAYS\n"}


def read(expression: str, *, ahead: bool) -> Duration | None:
    program = program_of({**FILES, "server.py": f"{HEAD}\ndef run(unknown):\n    probe({expression})\n"})
    function = named(program, "run")
    reader = DurationReader(Flow(program).defaults)
    (value,) = given(function)
    return reader.ahead(function, value) if ahead else reader.length(function, value)


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("900", 900),
        ("60 * 24 * 8", 11520),
        ("2.5 * HOUR", 9000),
        ("HOUR + 1 - 0", 3601),
        ("HOUR // 2", 1800),
        ("timedelta(days=30)", 30 * 86400),
        ("timedelta(1, 30)", 86430),
        ("timedelta(hours=1, minutes=settings.minutes)", 9000),
        ("timedelta(minutes=settings.minutes)", 5400),
        ("timedelta(days=DAYS)", 2 * 86400),
        ("timedelta(days=limits.WEEK).total_seconds()", 14 * 86400),
        ("settings.seconds", 7200),
        ("int(os.getenv('TTL', '3600')) * 24", 86400),
        ("float(os.environ.get('TTL', 60))", 60),
        ("unknown or 60", 60),
        ("60 if unknown else 120", 120),
    ],
)
def test_a_length_is_folded(expression: str, seconds: float) -> None:
    found = read(expression, ahead=False)

    assert found is not None
    assert found.seconds == seconds


UNKNOWN = ["unknown", "unknown * 60", "timedelta(days=unknown)", "os.getenv('TTL')", "1 / 0"]


@pytest.mark.parametrize("expression", UNKNOWN)
def test_what_is_not_constant_has_no_length(expression: str) -> None:
    assert read(expression, ahead=False) is None


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("time.time() + 900", 900),
        ("int(time.time()) + 24 * HOUR", 86400),
        ("900 + int(time.time())", 900),
        ("datetime.now(UTC) + timedelta(days=1)", 86400),
        ("int((datetime.utcnow() + timedelta(hours=2)).timestamp())", 7200),
        ("now() + timedelta(hours=2)", 7200),
        ("later()", 300),
    ],
)
def test_a_point_of_time_lies_ahead_of_now(expression: str, seconds: float) -> None:
    found = read(expression, ahead=True)

    assert found is not None
    assert found.seconds == seconds


@pytest.mark.parametrize("expression", ["900", "unknown + 900", "time.time() + unknown", "time.time() - 900"])
def test_what_is_no_distance_from_now_lies_nowhere(expression: str) -> None:
    assert read(expression, ahead=True) is None


def test_the_constant_that_decides_is_known_with_its_unit() -> None:
    found = read("datetime.now(UTC) + timedelta(minutes=settings.minutes)", ahead=True)

    assert found is not None
    assert (found.function.facts.qualname, found.function.facts.values[found.value].text) == ("Settings", "90")
    assert (found.unit, found.by_default, "minutes" in found.names) == (60, True, True)
