"""What a finding's rule and pattern say about themselves.

The rules are loaded on first use: a run whose output names none stays light.
"""

import functools
from typing import TYPE_CHECKING

from analyzers.patterns import PATTERNS, Pattern

if TYPE_CHECKING:
    from analyzers.rule import Rule


def rule(rule_id: str) -> "Rule | None":
    """Return the rule of this id."""
    return _rules().get(rule_id)


def rules() -> tuple["Rule", ...]:
    """Return all rules."""
    return tuple(_rules().values())


def rule_ids() -> frozenset[str]:
    """Return the ids of all rules."""
    return frozenset(_rules())


def pattern(pattern_id: str) -> Pattern | None:
    """Return the architectural pattern of this id."""
    return PATTERNS.get(pattern_id)


def references(rule_id: str) -> list[str]:
    """Return the weaknesses and risks that a rule is filed under: `CWE-862`, `OWASP MCP07`."""
    found = rule(rule_id)
    return [] if found is None else [*found.cwe, *(f"OWASP {risk}" for risk in found.owasp)]


@functools.cache
def _rules() -> dict[str, "Rule"]:
    from analyzers.rules import RULES

    return {item.id: item for item in RULES}
