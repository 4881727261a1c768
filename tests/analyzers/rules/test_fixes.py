"""Whatever fix is offered for whatever program: it parses, mends what it says, breaks nothing, and keeps the form."""

import ast
from collections.abc import Callable
from functools import lru_cache

import pytest

from analyzers import Entry, FileFacts, Memory, Report, Source, Tree, analyze, plan, read
from analyzers.finding import Finding, Safety
from analyzers.fixes.fixing import apply_edits
from analyzers.rule import Example, Rule
from analyzers.rules import RULES
from tests.analyzers.rules.test_rules import case_name, plain

Files = dict[str, bytes]
HEADER = '''#!/usr/bin/env python3
# Größe, 寸法, 😀: what stands above must move no edit.
"""A server.

import this
"""

from __future__ import annotations

'''
FOOTER = '''

def unrelated(größe: str = "😀") -> str:
    """Say it."""
    return f"{größe!r:>{10}}"  # as it is
'''


def as_it_is(text: str) -> str:
    return text


def foreign(text: str) -> str:
    """Indent by tabs, end lines as Windows does, and the last one not at all."""
    return text.removesuffix("\n").replace("    ", "\t").replace("\n", "\r\n")


def surrounded(text: str) -> str:
    return HEADER + text + FOOTER


# What a file may look like.
FORMS: tuple[Callable[[str], str], ...] = (as_it_is, foreign, surrounded)


def formed(example: Example, form: Callable[[str], str]) -> Files:
    """Return the files of an example, the programs in another form."""
    return {
        path: (form(plain(text)) if path.endswith(".py") else text).encode() for path, text in example.files.items()
    }


def report_on(files: Files, before: Tree | None = None, memory: Memory | None = None) -> Report:
    report = analyze(tree_of(files), before, memory=memory)
    assert report.failures == ()
    return report


def tree_of(files: Files) -> Tree:
    entries = [Entry(path, path, size=len(data)) for path, data in files.items()]
    facts: dict[str, FileFacts] = {}
    for entry in plan(entries).read:
        found = read(Source(entry.path, entry.blob, files[entry.path]))
        assert isinstance(found, FileFacts)
        facts[entry.path] = found
    return Tree(tuple(entries), facts, (), files)


def fixed(files: Files, finding: Finding) -> Files:
    edits = finding.fix.edits if finding.fix is not None else ()
    result = dict(files)
    for path in {edit.path for edit in edits}:
        data = apply_edits(files[path], [edit for edit in edits if edit.path == path])
        assert data is not None
        result[path] = data
    return result


def offered(files: Files) -> tuple[Report, list[Finding]]:
    """Return a report, and its findings with a fix."""
    report = report_on(files)
    return report, [finding for finding in report.findings if finding.fix is not None]


@lru_cache(64)
def as_written(rule: Rule, number: int) -> list[Finding]:
    """Return the findings with a fix of an example as it is written; several tests ask for them."""
    return offered(formed(rule.examples[number], as_it_is))[1]


def reported(report: Report) -> set[tuple[str, str]]:
    return {(finding.rule, finding.fingerprint) for finding in report.findings}


def fixed_of(rule: Rule, findings: list[Finding]) -> set[str]:
    return {finding.fingerprint for finding in findings if finding.rule == rule.id}


def check_form(before: bytes, after: bytes) -> None:
    """Hold that a change keeps line ends, indentation, the end of the file, and adds no blank at the end of lines."""
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert after.count(b"\n") == after.count(b"\r\n") or b"\r\n" not in after
    assert after.endswith(b"\n") == before.endswith(b"\n") or after.splitlines()[-1] not in before.splitlines()
    fresh = set(after.splitlines()) - set(before.splitlines())
    assert not [line for line in fresh if line != line.rstrip()]
    assert b"\t" not in b"".join(fresh) or b"\t" in before
    if b"\t" in before:
        indented = [line for line in fresh if line[:1] in (b" ", b"\t") and line.strip()]
        assert not [line for line in indented if line.startswith(b"    ") and b"\n    " not in before]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("rule", RULES, ids=case_name)
def test_an_offered_fix_mends_and_breaks_nothing(rule: Rule, form: Callable[[str], str]) -> None:
    for number, example in enumerate(rule.examples):
        files = formed(example, form)
        base, memory = tree_of(files), Memory()
        findings = as_written(rule, number) if form is as_it_is else offered(files)[1]
        # What is offered does not depend on the form of the file.
        assert fixed_of(rule, findings) == fixed_of(rule, as_written(rule, number))
        for finding in findings:
            after = fixed(files, finding)
            assert after != files
            for path in {path for path in after if after[path] != files[path]}:
                ast.parse(after[path])
                check_form(files[path], after[path])
            # White space and line ends mean nothing to the analysis.
            if form is foreign:
                continue
            assert [item.rule for item in report_on(after, base, memory).findings if item.new] == []
            if finding.fix is not None and finding.fix.safety is Safety.SAFE:
                assert (finding.rule, finding.fingerprint) not in reported(report_on(after))


@pytest.mark.parametrize("rule", RULES, ids=case_name)
def test_fixes_applied_until_none_is_offered_come_to_an_end(rule: Rule) -> None:
    for number, example in enumerate(rule.examples):
        files = formed(example, as_it_is)
        seen: list[Files] = []
        while files not in seen:
            findings = offered(files)[1] if seen else as_written(rule, number)
            seen.append(files)
            safe = [item for item in findings if item.fix is not None and item.fix.safety is Safety.SAFE]
            files = fixed(files, safe[0]) if safe else files
        assert len(seen) <= 1 + sum(text.count("\n") for text in example.files.values())
