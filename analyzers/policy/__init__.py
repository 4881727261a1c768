"""A project's own policy: the values, and the file `.github/skillaudit.yml` that states them.

`keys.py` holds every key with its meaning; the reader, the JSON schema and the documentation come from it.
"""

from analyzers.policy.document import PolicyError
from analyzers.policy.read import parse_policy, policy_schema
from analyzers.policy.values import Policy, PolicySuppression, RuleSetting

__all__ = ["Policy", "PolicyError", "PolicySuppression", "RuleSetting", "parse_policy", "policy_schema"]
