"""Every rule, grouped by the principle that it serves."""

from analyzers.rule import Rule
from analyzers.rules.verify_explicitly.missing_per_tool_authorization import MissingPerToolAuthorization

RULES: tuple[Rule, ...] = (MissingPerToolAuthorization(),)
