"""The pages of the rules, made from the rules that run: their documentation, facts and examples."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from analyzers.patterns import Pattern
from analyzers.rule import MARKER, Example, Rule
from app.pages.highlight import highlight
from app.pages.html import markdown, page

# Principle -> its title; in the order in which the principles are read.
PRINCIPLES: Final = {
    "verify_explicitly": "Verify explicitly",
    "least_privilege": "Least privilege",
    "assume_breach": "Assume breach",
    "ambient_authority": "No ambient authority",
    "server_identity": "Identity of the server",
    "lateral_movement": "No lateral movement",
}
_MARKER: Final = re.compile(rf"\s*(?:#|//)\s*{MARKER}\s*$")


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of an example as shown."""

    path: str
    code: Markup


@dataclass(frozen=True, slots=True)
class ExampleView:
    """An example as shown: the code without its markers, the reported lines and what the fix adds coloured."""

    files: tuple[FileView, ...]
    fixed: tuple[FileView, ...]
    note: str
    reported: bool


def create_rules_router(rules: Sequence[Rule], patterns: Mapping[str, Pattern]) -> APIRouter:
    """Serve `/rules` and `/rules/{id}` for these rules."""
    router = APIRouter(include_in_schema=False)
    by_id = {rule.id: rule for rule in rules}

    @router.get("/rules")
    def index() -> HTMLResponse:
        return page("rules.html", {"groups": list(_groups(rules))})

    @router.get("/rules/{rule_id}")
    def show(rule_id: str) -> HTMLResponse:
        rule = by_id.get(rule_id)
        if rule is None:
            return page("rule_unknown.html", {"rule_id": rule_id}, status=404)
        return page("rule.html", _values(rule, patterns))

    return router


def _groups(rules: Sequence[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    order = list(PRINCIPLES)
    ranked = sorted(rules, key=lambda rule: (order.index(rule.principle), -rule.severity, rule.id))
    for principle, members in groupby(ranked, key=lambda rule: rule.principle):
        yield PRINCIPLES[principle], list(members)


def _values(rule: Rule, patterns: Mapping[str, Pattern]) -> dict[str, object]:
    views = [_view(example) for example in rule.examples]
    pattern = patterns[rule.pattern]
    return {
        "rule": rule,
        "principle": PRINCIPLES[rule.principle],
        "documentation": markdown(inspect.getdoc(type(rule)) or ""),
        "reported": [view for view in views if view.reported],
        "silent": [view for view in views if not view.reported],
        "pattern": pattern,
        "pattern_text": markdown(pattern.text),
    }


def _view(example: Example) -> ExampleView:
    lines = {path: text.rstrip().splitlines() for path, text in example.files.items()}
    marked = {path: _marked(texts) for path, texts in lines.items()}
    plain = {path: [_MARKER.sub("", line) for line in texts] for path, texts in lines.items()}
    language = str(example.language)
    shown = (
        *_before(example, language),
        *(FileView(path, highlight("\n".join(plain[path]), language, marked[path])) for path in lines),
    )
    return ExampleView(
        shown,
        tuple(FileView(path, _fixed(plain.get(path, []), text, language)) for path, text in example.fixed.items()),
        example.note,
        reported=example.is_reported,
    )


def _before(example: Example, language: str) -> Iterator[FileView]:
    """Yield the files of a change as they were, where they differ."""
    for path, text in example.before.items():
        texts = text.rstrip().splitlines()
        plain = [_MARKER.sub("", line) for line in texts]
        if plain != [_MARKER.sub("", line) for line in example.files.get(path, "").rstrip().splitlines()]:
            yield FileView(f"{path}, before the change", highlight("\n".join(plain), language, _marked(texts)))


def _marked(lines: Sequence[str]) -> set[int]:
    return {number for number, line in enumerate(lines, start=1) if _MARKER.search(line)}


def _fixed(before: Sequence[str], text: str, language: str) -> Markup:
    after = text.rstrip().splitlines()
    blocks = SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    added = {line + 1 for kind, _, _, start, end in blocks if kind != "equal" for line in range(start, end)}
    return highlight("\n".join(after), language, added, "added")
