"""The rules' own documentation for the terminal, as JSON and as Markdown."""

import inspect
from collections.abc import Iterator, Sequence

import msgspec
from rich.console import RenderableType
from rich.markdown import Markdown
from rich.text import Text

from analyzers.rule import Rule
from app.render import catalog
from app.render.terminal import COLOURS, block, printed
from app.verdict import count

MIN_WIDTH = 60
MAX_WIDTH = 100


def rule_ids() -> tuple[str, ...]:
    """Return the ids of all rules, sorted."""
    return tuple(sorted(rule.id for rule in catalog.rules()))


def to_text(chosen: Sequence[str], width: int = 80, color: bool = False) -> str:
    """Return the chosen rules' documentation, or the list of all, for a terminal of this width."""
    parts = [part for rule in _rules(chosen) for part in _explained(rule)] if chosen else _list()
    return printed(parts, min(max(width, MIN_WIDTH), MAX_WIDTH), color)


def to_markdown(chosen: Sequence[str]) -> str:
    """Return the chosen rules' documentation, or that of all, as Markdown."""
    return "\n".join(
        f"# {rule.id}\n\n{rule.summary[:1].upper()}{rule.summary[1:]}. {_metadata(rule)}.\n\n{_documentation(rule)}\n"
        for rule in _rules(chosen or rule_ids())
    )


def to_json(chosen: Sequence[str]) -> str:
    """Return the chosen rules, or all, as JSON."""
    described = [_described(rule) for rule in _rules(chosen or rule_ids())]
    return msgspec.json.format(msgspec.json.encode({"schema_version": 1, "rules": described}), indent=2).decode() + "\n"


def _rules(ids: Sequence[str]) -> list[Rule]:
    return [rule for rule in (catalog.rule(rule_id) for rule_id in ids) if rule is not None]


def _described(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "summary": rule.summary,
        "principle": rule.principle,
        "severity": str(rule.severity),
        "confidence": str(rule.confidence),
        "cwe": rule.cwe,
        "owasp": rule.owasp,
        "spec": rule.spec,
        "pattern": rule.pattern,
        "documentation": _documentation(rule),
    }


def _list() -> Iterator[RenderableType]:
    rules = sorted(catalog.rules(), key=lambda rule: (rule.principle, rule.id))
    principle = ""
    for rule in rules:
        if rule.principle != principle:
            principle = rule.principle
            yield Text(f"\n{principle.replace('_', ' ').capitalize()}", style="bold")
        yield block(Text.assemble((f"{rule.id}  ", "bold"), (str(rule.severity), COLOURS[rule.severity])))
        yield block(Text(rule.summary, style="dim"), indent=4)
    yield Text(f"\n{count(len(rules), 'rule')}")


def _explained(rule: Rule) -> Iterator[RenderableType]:
    yield Text.assemble((rule.id, "bold"), f"  {rule.summary}")
    yield Text(_metadata(rule), style="dim")
    yield Text()
    yield Markdown(_documentation(rule))
    pattern = catalog.pattern(rule.pattern)
    if pattern is not None:
        yield Text(f"\nPattern: {pattern.title}", style="bold")
        yield Markdown(pattern.text)


def _metadata(rule: Rule) -> str:
    filed = [*catalog.references(rule.id), *rule.spec]
    return " · ".join([f"{rule.severity}, confidence {rule.confidence}", *filed])


def _documentation(rule: Rule) -> str:
    return inspect.cleandoc(rule.__doc__ or "")
