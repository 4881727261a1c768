"""A tree that was judged is not judged again, unless anything that its report depends on is different."""

from collections.abc import Iterator

import pytest

from analyzers import Policy, Report
from analyzers.finding import Confidence
from app.audits import AuditInput, audit
from app.report_cache import ReportCache
from app.workers import AnalysisPool
from tests.app.test_audits import SERVER, Files, Remembered

OTHER = b"import httpx\n\ndef get() -> str:\n    return httpx.get('https://api.example.org', verify=False).text\n"


@pytest.fixture
def pool() -> Iterator[AnalysisPool]:
    with AnalysisPool(1) as pool:
        yield pool


@pytest.fixture
def cache() -> Remembered:
    return Remembered()


def judged(files: Files, pool: AnalysisPool, cache: Remembered, policy: Policy = Policy()) -> tuple[Report, bool]:
    """Return the report on a tree, and whether it was made now."""
    before = {key for key in cache.facts if key.startswith("report:")}
    report = audit(AuditInput(files.tree(), policy=policy), pool, cache, reports=ReportCache(cache)).report
    return report, {key for key in cache.facts if key.startswith("report:")} != before


def test_a_tree_that_did_not_change_is_not_judged_again(pool: AnalysisPool, cache: Remembered) -> None:
    first, was_made = judged(Files({"server.py": SERVER, "other.py": OTHER}), pool, cache)
    second, again = judged(Files({"server.py": SERVER, "other.py": OTHER}), pool, cache)

    assert (was_made, again) == (True, False)
    assert first == second
    assert first == audit(AuditInput(Files({"server.py": SERVER, "other.py": OTHER}).tree()), pool, Remembered()).report


@pytest.mark.parametrize(
    "files",
    [
        {"server.py": SERVER + b"# more\n", "other.py": OTHER},
        {"server.py": SERVER, "another.py": OTHER},
        {"server.py": SERVER},
        {"server.py": SERVER, "other.py": OTHER, "README.md": b"# Shop\n"},
    ],
)
def test_a_tree_that_differs_is_judged(files: dict[str, bytes], pool: AnalysisPool, cache: Remembered) -> None:
    judged(Files({"server.py": SERVER, "other.py": OTHER}), pool, cache)

    assert judged(Files(files), pool, cache)[1]


def test_another_policy_judges_anew(pool: AnalysisPool, cache: Remembered) -> None:
    files = Files({"server.py": SERVER, "other.py": OTHER})
    judged(files, pool, cache)

    assert judged(files, pool, cache, Policy(min_confidence=Confidence.HIGH))[1]


def test_a_tree_of_which_something_could_not_be_loaded_is_judged_each_time(
    pool: AnalysisPool, cache: Remembered
) -> None:
    for _ in range(2):
        report, is_kept = judged(Files({"server.py": SERVER, "other.py": OTHER}, ["other.py"]), pool, cache)

        assert [item.path for item in report.coverage.not_analyzed] == ["other.py"]
        assert not is_kept


def test_without_a_place_nothing_is_kept() -> None:
    cache = ReportCache()
    cache.put("report:x", Report())

    assert cache.get("report:x") is None
