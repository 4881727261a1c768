"""From the bytes of a policy file to a policy, and the JSON schema of such files for editors."""

from collections.abc import Collection

import msgspec

from analyzers.policy.document import compose
from analyzers.policy.keys import policy_section
from analyzers.policy.shapes import Plain, Schema
from analyzers.policy.values import Policy


def read_policy(data: bytes, rules: Collection[str] | None = None) -> Policy:
    """Return the policy that a file states; raise PolicyError for the first thing in it that is not understood.

    `rules` are the ids that the file may name, by default those of all rules.
    """
    root = compose(data)
    if root is None:
        return Policy()
    values = policy_section(_all_rules() if rules is None else rules).read(root)
    return msgspec.convert(_flattened(values), Policy)


def file_schema(rules: Collection[str] | None = None) -> Schema:
    """Return the JSON schema (draft 2020-12) of a policy file."""
    section = policy_section(_all_rules() if rules is None else rules)
    heading = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "SkillAudit policy"}
    return {**heading, **section.schema()}


def _flattened(values: dict[str, Plain]) -> dict[str, Plain]:
    paths = values.get("paths")
    rest = {name: value for name, value in values.items() if name != "paths"}
    return {**rest, **paths} if isinstance(paths, dict) else rest


def _all_rules() -> frozenset[str]:
    # Rules read policies, so the registry cannot be imported before this module is.
    from analyzers.rules import RULES

    return frozenset(rule.id for rule in RULES)
