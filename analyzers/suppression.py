"""Dismissals written in the code: `skillaudit: ignore[rule-id] reason`."""

import re2

from analyzers.facts import Ignore
from analyzers.lines import LineIndex
from analyzers.syntax import Comment

DIRECTIVE = re2.compile(r"skillaudit:\s*ignore(?:\[([a-z0-9,\s-]*)\])?\s*(.*)")


def ignores(comments: list[Comment], text: bytes, lines: LineIndex) -> tuple[Ignore, ...]:
    """Return the directives among a file's comments; one alone on its line holds for the next line."""
    found: list[Ignore] = []
    for comment in comments:
        match = DIRECTIVE.search(comment.text)
        if match is None:
            continue
        line = lines.line(comment.start)
        start = text.rfind(b"\n", 0, comment.start) + 1
        alone = not text[start : comment.start].strip()
        rules = tuple(part.strip() for part in (match.group(1) or "").split(",") if part.strip())
        found.append(Ignore(line + 1 if alone else line, rules, match.group(2).strip()))
    return tuple(found)
