"""Every rule does what its own examples say, and is documented, registered and named alike."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pytest

from analyzers import Entry, FileFacts, Report, Source, Tree, analyze, plan, read, rules
from analyzers.finding import Finding, Safety, Side
from analyzers.fixes.fixing import apply_edits
from analyzers.patterns import PATTERNS
from analyzers.rule import MARKER, Example, Rule
from analyzers.rules import RULES
from tests.analyzers.matrix.cells import change

HEADINGS = ["## What it finds", "## Why it matters", "## Fix"]
COMMENT = re.compile(rf"[ \t]*(?:#|//)[ \t]*{MARKER}[ \t]*$", re.MULTILINE)
CASES = [(rule, example) for rule in RULES for example in rule.examples]


def case_name(value: object) -> str | None:
    if isinstance(value, Rule):
        return value.id
    return (value.note or "example").replace(" ", "-") if isinstance(value, Example) else None


def plain(text: str) -> str:
    """Return a text without its markers."""
    return COMMENT.sub("", text)


def marked(example: Example) -> set[tuple[Side, str, int]]:
    """Return the lines that an example says are reported, as (side, path, line)."""
    return {
        (side, path, number)
        for side, files in ((Side.HEAD, example.files), (Side.BASE, example.before))
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if COMMENT.search(line)
    }


def plain_files(files: dict[str, str]) -> dict[str, str]:
    return {path: plain(text) for path, text in files.items()}


def report_on(files: dict[str, str], before: dict[str, str] | None = None) -> Report:
    if before:
        report = analyze(tree_of(files), tree_of(before), change(before, files))
    else:
        report = analyze(tree_of(files))
    assert report.failures == ()
    return report


def tree_of(files: dict[str, str]) -> Tree:
    texts = {path: text.encode() for path, text in files.items()}
    entries = [Entry(path, path, size=len(data)) for path, data in texts.items()]
    facts: dict[str, FileFacts] = {}
    for entry in plan(entries).read:
        found = read(Source(entry.path, entry.blob, texts[entry.path]))
        assert isinstance(found, FileFacts)
        assert found.defects == ()
        facts[entry.path] = found
    return Tree(tuple(entries), facts, (), texts)


def of_rule(report: Report, rule: Rule) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule == rule.id]


def fixed(files: dict[str, str], findings: list[Finding]) -> dict[str, str]:
    edits = [edit for finding in findings if finding.fix is not None for edit in finding.fix.edits]
    result = dict(files)
    for path in {edit.path for edit in edits}:
        data = apply_edits(files[path].encode(), [edit for edit in edits if edit.path == path])
        assert data is not None
        result[path] = data.decode()
    return result


@pytest.mark.parametrize(("rule", "example"), CASES, ids=case_name)
def test_exactly_the_marked_lines_are_reported(rule: Rule, example: Example) -> None:
    files, base = plain_files(example.files), plain_files(example.before)
    found = of_rule(report_on(files, base), rule)
    reported = {(item.location.side, item.location.path, item.location.line) for item in found}

    assert reported == marked(example)


@pytest.mark.parametrize(("rule", "example"), CASES, ids=case_name)
def test_a_finding_says_what_and_why_and_shows_the_way(rule: Rule, example: Example) -> None:
    files, base = plain_files(example.files), plain_files(example.before)

    for finding in of_rule(report_on(files, base), rule):
        assert finding.message.endswith(".")
        assert finding.why.endswith(".")
        assert all(step.path in (files if step.side is Side.HEAD else base) for step in finding.evidence)
        assert finding.principle == rule.principle
        assert finding.pattern == rule.pattern


@pytest.mark.parametrize(("rule", "example"), [case for case in CASES if case[1].fixed], ids=case_name)
def test_the_fix_gives_the_fixed_program_and_that_is_silent(rule: Rule, example: Example) -> None:
    files, base = plain_files(example.files), plain_files(example.before)
    before = report_on(files, base)
    result = fixed(files, of_rule(before, rule))

    assert {path: result[path] for path in example.fixed} == example.fixed
    after = report_on(result, base)
    assert of_rule(after, rule) == []
    known = {finding.rule for finding in before.findings}
    assert {finding.rule for finding in report_on(result, base or files).findings if finding.new} <= known


@pytest.mark.parametrize(("rule", "example"), CASES, ids=case_name)
def test_a_fix_leaves_a_file_that_parses(rule: Rule, example: Example) -> None:
    files, base = plain_files(example.files), plain_files(example.before)

    for finding in of_rule(report_on(files, base), rule):
        for path, text in fixed(files, [finding]).items():
            if path.endswith(".py"):
                ast.parse(text)


@pytest.mark.parametrize(("rule", "example"), CASES, ids=case_name)
def test_a_safe_fix_removes_its_finding(rule: Rule, example: Example) -> None:
    files, base = plain_files(example.files), plain_files(example.before)

    for finding in of_rule(report_on(files, base), rule):
        if finding.fix is not None and finding.fix.safety is Safety.SAFE:
            after = report_on(fixed(files, [finding]), base)
            assert finding.fingerprint not in {other.fingerprint for other in after.findings}


@pytest.mark.parametrize("rule", RULES, ids=case_name)
def test_a_rule_shows_what_it_reports_and_what_it_does_not(rule: Rule) -> None:
    positive = [example for example in rule.examples if marked(example)]
    negative = [example for example in rule.examples if not marked(example)]

    assert positive or rule.changes_only
    assert negative


@pytest.mark.parametrize("rule", RULES, ids=case_name)
def test_a_rule_is_documented_under_its_headings(rule: Rule) -> None:
    documentation = inspect.cleandoc(type(rule).__doc__ or "")
    sections = re.split(r"^## .*$", documentation, flags=re.MULTILINE)

    assert re.findall(r"^## .*$", documentation, flags=re.MULTILINE) == HEADINGS
    assert sections[0] == ""
    assert all(section.strip().endswith((".", "```")) for section in sections[1:])


@pytest.mark.parametrize("rule", RULES, ids=case_name)
def test_a_rule_states_where_it_belongs(rule: Rule) -> None:
    assert rule.pattern in PATTERNS
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert rule.summary
    assert all(re.fullmatch(r"CWE-\d+", item) for item in rule.cwe)
    assert all(re.fullmatch(r"MCP\d\d", item) for item in rule.owasp)


def rule_modules() -> Iterator[str]:
    for package in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        if package.ispkg:
            inner = importlib.import_module(package.name)
            yield from (module.name for module in pkgutil.iter_modules(inner.__path__, f"{package.name}."))


def test_every_module_is_a_registered_rule_named_after_its_id() -> None:
    registered = {type(rule).__module__: rule for rule in RULES}

    assert sorted(registered) == sorted(rule_modules())
    for module, rule in registered.items():
        _, _, _, folder, name = ("", *module.rsplit(".", 3))
        assert name == rule.id.replace("-", "_")
        assert folder == rule.principle
        assert type(rule).__name__ == "".join(part.capitalize() for part in rule.id.split("-"))


def test_rules_stand_in_the_order_of_principle_and_id() -> None:
    order = list(dict.fromkeys(rule.principle for rule in RULES))

    assert [(order.index(rule.principle), rule.id) for rule in RULES] == sorted(
        (order.index(rule.principle), rule.id) for rule in RULES
    )
