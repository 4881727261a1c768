"""What the options of one command change of the project's policy."""

import difflib
from collections.abc import Collection, Sequence

import msgspec

from analyzers.finding import Confidence, Severity
from analyzers.policy import Policy, RuleSetting


class UnknownRule(Exception):
    """An option names a rule that does not exist."""


class Choices(msgspec.Struct, frozen=True):
    """Options of a command; "" and empty leave the policy as it is, `never` lets nothing fail."""

    fail_on: str = ""
    min_confidence: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def names_rules(self) -> bool:
        """Whether an option names a rule, so that all rules must be known."""
        return bool(self.select or self.ignore)

    def applied(self, policy: Policy, rules: Collection[str]) -> Policy:
        """Return the policy with the options in force; `rules` are all that exist, empty when no option names one.

        Raise UnknownRule.
        """
        for rule in (*self.select, *self.ignore):
            check_rule(rule, rules)
        off = [rule for rule in rules if rule in self.ignore or (self.select and rule not in self.select)]
        settings = tuple(RuleSetting(rule, None, "an option of the command") for rule in sorted(off))
        return msgspec.structs.replace(
            policy,
            gate=self._gate(policy),
            min_confidence=Confidence[self.min_confidence.upper()] if self.min_confidence else policy.min_confidence,
            rules=settings + tuple(setting for setting in policy.rules if setting.rule not in off),
        )

    def _gate(self, policy: Policy) -> Severity | None:
        if self.fail_on == "never":
            return None
        return Severity[self.fail_on.upper()] if self.fail_on else policy.gate


def listed(values: Sequence[str]) -> tuple[str, ...]:
    """Split values of an option that may be repeated or hold several, separated by commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def check_rule(rule: str, rules: Collection[str]) -> str:
    """Return the id of a rule that exists; raise UnknownRule with the nearest one."""
    if rule not in rules:
        near = difflib.get_close_matches(rule[:80], rules, n=1)
        raise UnknownRule(f"there is no rule {rule[:80]!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return rule
