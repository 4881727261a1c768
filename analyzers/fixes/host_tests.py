"""Tests of an address that one character, or the right part of it, makes sound."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.finding import Edit, Safety
from analyzers.fixes.rewrite import replace_value
from analyzers.flow.netlocs import netloc_of, passed_by
from analyzers.project.program import Function, Program
from analyzers.rule import Draft, Proposal


class _Test(msgspec.Struct, frozen=True):
    """A line of the evidence in a function, and the text of the file."""

    function: Function
    line: int
    text: bytes


def mended_test(draft: Draft, program: Program, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the change that mends the tests on the lines of the evidence, None where something else is missing."""
    tests = list(_tests(draft, program, texts))
    for title, safety, edits_of in (
        ("End the prefix behind the host", Safety.SAFE, _prefixes),
        ("Compare the host that the parser finds", Safety.SAFE, _locations),
        ("Begin the suffix with a dot (decide whether the bare domain counts)", Safety.REVIEW, _suffixes),
    ):
        edits = tuple(edit for test in tests for edit in edits_of(test))
        if edits:
            return Proposal(title, safety, edits)
    return None


def _tests(draft: Draft, program: Program, texts: Mapping[str, bytes]) -> Iterator[_Test]:
    for step in draft.evidence:
        file = program.files.get(step.path)
        if file is not None and step.path in texts:
            yield from (_Test(function, step.line, texts[step.path]) for function in file.functions)


def _prefixes(test: _Test) -> Iterator[Edit]:
    """Yield the edits that put a slash behind prefixes of scheme and host."""
    for literal, source in _given(test, "startswith"):
        if source.count("/") == 2:
            yield replace_value(test.function, literal, f"{source[:-1]}/{source[-1]}")


def _suffixes(test: _Test) -> Iterator[Edit]:
    """Yield the edits that put a dot in front of suffixes of a host."""
    for literal, source in _given(test, "endswith"):
        if source[1].isalnum() and "." in source and "/" not in source:
            yield replace_value(test.function, literal, f"{source[0]}.{source[1:]}")


def _locations(test: _Test) -> Iterator[Edit]:
    """Yield the edits that take the host in place of what was cut out of the network location."""
    values = test.function.facts.values
    for value, node in enumerate(values):
        if node.op == "index" and test.function.line_of(value) == test.line and passed_by(test.function, value):
            base = values[netloc_of(test.function, value)]
            source = test.text[base.start : base.end].decode()
            if source.endswith("netloc"):
                yield replace_value(test.function, value, f"{source.removesuffix('netloc')}hostname")


def _given(test: _Test, method: str) -> Iterator[tuple[int, str]]:
    """Yield the plain string constants that calls of a method on the line are given, with their source."""
    values = test.function.facts.values
    for event in test.function.calls():
        node = values[event.value]
        callee = values[node.args[0]]
        if callee.op != "attr" or callee.text != method or len(node.args) != 2:
            continue
        if test.function.line_of(event.value) != test.line:
            continue
        given = values[node.args[1]]
        for literal in given.args if given.op == "tuple" else (node.args[1],):
            source = test.text[values[literal].start : values[literal].end].decode()
            if values[literal].op == "str" and source[1:-1] == values[literal].text:
                yield literal, source
