"""Rules as SARIF describes them, with the properties that GitHub code scanning reads."""

import inspect

from analyzers.finding import Confidence, Severity
from app.render import catalog

Json = dict[str, object]

# GitHub's bands: above 9.0 critical, from 7.0 high, from 4.0 medium, above 0 low.
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
MAX_DESCRIPTION = 1_000
MAX_TAGS = 20


def level(severity: Severity) -> str:
    """Return SARIF's level of a severity."""
    if severity >= Severity.HIGH:
        return "error"
    return "warning" if severity is Severity.MEDIUM else "note"


def rule_descriptor(rule_id: str, address: str) -> Json:
    """Return the reporting descriptor of a rule; of one that is not known here, its id alone."""
    rule = catalog.rule(rule_id)
    if rule is None:
        return {"id": rule_id}
    documentation = inspect.cleandoc(rule.__doc__ or "")
    descriptor: Json = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.summary[:MAX_DESCRIPTION]},
        "fullDescription": {"text": _first_paragraph(documentation)[:MAX_DESCRIPTION]},
        "help": {"text": documentation, "markdown": documentation},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": _tags(rule_id),
            "precision": PRECISION[rule.confidence],
            "security-severity": SECURITY_SEVERITY[rule.severity],
            "principle": rule.principle,
        },
    }
    if address:
        descriptor["helpUri"] = address
    return descriptor


def _first_paragraph(documentation: str) -> str:
    paragraphs = (part for part in documentation.split("\n\n") if part)
    lines = next(paragraphs, "").splitlines()
    return " ".join(text.strip() for text in lines if not text.startswith("#"))


def _tags(rule_id: str) -> list[str]:
    rule = catalog.rule(rule_id)
    if rule is None:
        return ["security"]
    weaknesses = [f"external/cwe/{weakness.lower()}" for weakness in rule.cwe]
    risks = [f"external/owasp-mcp/{risk.lower()}" for risk in rule.owasp]
    return ["security", "mcp", *weaknesses, *risks][:MAX_TAGS]
