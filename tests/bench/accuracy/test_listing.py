"""Whatever keeps the numbers from being whole is named beside them."""

import pytest

from analyzers.finding import Failure, Report
from app.workers import AnalysisFailed
from bench.accuracy.judging import Judge
from bench.accuracy.labels import Labels, Spot
from bench.accuracy.listing import sections
from bench.accuracy.measuring import Measurement

CLASS = "tls-verification-off"
SPOT = Spot("acme/weather", "c0ffee", "server.py", 1, 2, CLASS, True)


class OneAnswer:
    """A corpus of one tree."""

    def __init__(self, answer: Report | AnalysisFailed) -> None:
        self.answer = answer

    def scan(self, name: str, commit: str) -> Report:
        if isinstance(self.answer, AnalysisFailed):
            raise self.answer
        return self.answer


def listed(answer: Report | AnalysisFailed) -> dict[str, list[str]]:
    judge = Judge(frozenset({"tls-verification-disabled"}))
    measured = Measurement(OneAnswer(answer), judge, 1, lambda _: None).run(Labels(spots=(SPOT,)))
    return dict(sections(measured))


def test_rule_that_raised_is_named() -> None:
    failure = Failure("rule", "server.py", "tls-verification-disabled", "KeyError")

    lines = listed(Report(failures=(failure,)))["Failures of rules and readers"]

    assert lines == ["acme/weather at c0ffee: tls-verification-disabled raised KeyError on server.py"]


def test_tree_that_was_not_judged_is_named_and_no_hit() -> None:
    found = listed(AnalysisFailed("the analysis took too long"))

    assert found["Not analysed"] == [f"{SPOT.id}: the analysis took too long"]
    assert found["Found"] == []


@pytest.mark.parametrize("title", ["Missed", "Found", "Skipped"])
def test_sections_are_always_there(title: str) -> None:
    assert title in listed(Report())
