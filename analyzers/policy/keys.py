"""Every key of a policy file with its shape and its meaning."""

from collections.abc import Collection

from yaml.nodes import Node

from analyzers.finding import Confidence, Severity
from analyzers.policy.document import error_at, scalar
from analyzers.policy.sections import Key, Section
from analyzers.policy.shapes import Choice, Day, ListOf, Plain, RuleId, Schema, Text, pairs

SEVERITIES = {str(severity): int(severity) for severity in reversed(Severity)}
CONFIDENCES = {str(confidence): int(confidence) for confidence in Confidence}
NAME = Text("a dotted name as in package.module.function", r"[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*")
HOST = Text("a host as in api.example.org or *.example.org", r"(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
GLOB = Text("a path or glob", r"[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*")
REASON = Text("a reason")


class RuleSettings:
    """Rules by id: a severity alone, or severity and reason; `off` needs its reason."""

    def __init__(self, rules: Collection[str]) -> None:
        self.id = RuleId(rules)
        self.severity = Choice({**SEVERITIES, "off": None})
        self.section = Section(
            "a rule's setting",
            (
                Key("severity", self.severity, "The rule's severity in this project, or `off`.", required=True),
                Key("reason", REASON, "Why; obligatory for `off`."),
            ),
        )

    def read(self, node: Node) -> Plain:
        """Return the settings in order."""
        return [self._setting(key, value) for key, _, value in pairs(node, "rules by id")]

    def _setting(self, key: Node, value: Node) -> Plain:
        rule = self.id.read(key)
        values: dict[str, Plain] = (
            {"severity": self.severity.read(value)} if scalar(value) is not None else self.section.read(value)
        )
        if values["severity"] is None and "reason" not in values:
            raise error_at(value, f"turning {rule} off needs a reason: {{severity: off, reason: ...}}")
        return {"rule": rule, **values}

    def schema(self) -> Schema:
        """Describe both forms for every rule."""
        setting: Schema = {"anyOf": [{"enum": list(SEVERITIES)}, self.section.schema()]}
        return {"type": "object", "propertyNames": self.id.schema(), "additionalProperties": setting}


class Suppression:
    """One accepted finding, by fingerprint or by rule and path."""

    def __init__(self, rules: Collection[str]) -> None:
        fingerprint = Text("a fingerprint of 8 to 64 hexadecimal digits", r"[0-9a-f]{8,64}", verbatim=True)
        self.section = Section(
            "a suppression",
            (
                Key("fingerprint", fingerprint, "The finding's fingerprint, or its first eight digits or more."),
                Key("rule", RuleId(rules), "Instead of a fingerprint: the rule, together with `path`."),
                Key("path", GLOB, "The file, or a glob, in which findings of `rule` are accepted."),
                Key("reason", REASON, "Why the finding is accepted.", required=True),
                Key("expires", Day(), "The last day on which the suppression holds."),
            ),
        )

    def read(self, node: Node) -> Plain:
        """Return the suppression; raise PolicyError unless it has a fingerprint or a rule with a path."""
        values = self.section.read(node)
        if ("fingerprint" in values) == ("rule" in values) or ("rule" in values) != ("path" in values):
            raise error_at(node, "a suppression names either a fingerprint or a rule and a path")
        return values

    def schema(self) -> Schema:
        """Describe both forms."""
        forms = [{"required": ["fingerprint"]}, {"required": ["rule", "path"]}]
        return {**self.section.schema(), "oneOf": forms}


def policy_section(rules: Collection[str]) -> Section:
    """Return the whole file's keys, given the ids of all rules."""
    outcome = Choice({"failure": "failure", "neutral": "neutral"})
    exclude = Key("exclude", ListOf(GLOB), "Globs that the review leaves out; `**` crosses folders.")
    paths = Section("paths", (exclude,))
    return Section(
        "a policy",
        (
            Key(
                "gate",
                Choice({**SEVERITIES, "never": None}),
                "New findings of this severity or above fail the check; `never` lets everything pass. Default: high.",
            ),
            Key(
                "min_confidence",
                Choice({**CONFIDENCES}),
                "Findings below this confidence neither become comments nor fail the check. Default: medium.",
            ),
            Key(
                "mode",
                Choice({"enforce": "enforce", "advisory": "advisory"}),
                "`advisory` ends a check that would fail as neutral, which passes a required check. Default: enforce.",
            ),
            Key("incomplete", outcome, "How a check ends when something in scope was not analysed. Default: failure."),
            Key("on_error", outcome, "How a check ends when the review itself failed. Default: failure."),
            Key(
                "code_scanning",
                Choice({"off": "off", "default_branch": "default_branch", "pull_requests": "pull_requests"}),
                "Findings as alerts of GitHub code scanning: of the default branch, or of pull requests as well, where "
                "an alert in the diff then stands in place of our comment. Default: off.",
            ),
            Key("rules", RuleSettings(rules), "Per rule a severity, or `off` with the reason."),
            Key("paths", paths, "Which files are reviewed."),
            Key(
                "guards",
                ListOf(NAME),
                "The project's own functions that deny a call on the caller's verified identity. They count while "
                "their body can deny, or is unchanged from the base branch.",
            ),
            Key("identities", ListOf(NAME), "The project's own functions that return the caller's verified identity."),
            Key("audits", ListOf(NAME), "The project's own functions that record a tool call."),
            Key("sanitizers", ListOf(NAME), "The project's own functions whose result is safe to use in a request."),
            Key("allowed_hosts", ListOf(HOST), "Hosts that tools may reach; a leading `*.` stands for any name below."),
            Key("suppressions", ListOf(Suppression(rules)), "Accepted findings, each with its reason."),
        ),
    )
