"""A project's own policy: the values, and the file `.github/skillaudit.yml` that states them.

`keys.py` holds every key with its meaning; reader, JSON schema and documentation come from it. The reader of
YAML is loaded when there is a policy to read: most runs have none.
"""

from collections.abc import Collection
from typing import Any

from analyzers.policy.errors import PolicyError
from analyzers.policy.values import Policy, PolicySuppression, RuleSetting

__all__ = ["Policy", "PolicyError", "PolicySuppression", "RuleSetting", "parse_policy", "policy_schema"]


def parse_policy(data: bytes, rules: Collection[str] | None = None) -> Policy:
    """Return the policy that a file states; raise PolicyError for the first thing in it that is not understood.

    `rules` are the ids that the file may name, by default those of all rules.
    """
    from analyzers.policy.read import read_policy

    return read_policy(data, rules)


def policy_schema(rules: Collection[str] | None = None) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a policy file."""
    from analyzers.policy.read import file_schema

    return dict(file_schema(rules))
