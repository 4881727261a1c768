"""The same report in every form, held against what was read and found good."""

from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from inline_snapshot import external_file
from msgspec.structs import replace

from analyzers.finding import Finding, Report, Severity
from analyzers.patterns import PATTERNS
from analyzers.policy import Policy
from analyzers.rules import RULES
from app.render import jsonformat, markdown, rule_texts, sarif, text
from app.render.view import View
from app.verdict import judge

HERE = Path(__file__).parent
SARIF_SCHEMA = msgspec.json.decode((HERE / "sarif-schema-2.1.0.json").read_bytes())
PUBLISHED = Path(jsonformat.__file__).with_name(jsonformat.SCHEMA_FILE)
HOSTILE = "x`@org`\x1b]0;title\x07\x1b[31m</details>\u202e[a](http://evil.example)![b](c)\n# d | e\r```suggestion"


def hostile(report: Report) -> Report:
    """Put hostile text wherever a report can hold text of a repository."""
    data = msgspec.to_builtins(report)

    def poisoned(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: poisoned(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [poisoned(item, key) for item in value]
        kept = ("kind", "transport", "direction", "side", "safety", "by", "rule", "fingerprint", "principle", "column")
        return f"{value}{HOSTILE}" if isinstance(value, str) and key not in kept else value

    return msgspec.convert(poisoned(data), Report)


def test_the_terminal_shows_the_review(view: View) -> None:
    shown = text.to_text(view)

    assert max(len(row) for row in shown.splitlines()) <= 80
    assert shown == external_file("golden/review.txt", format=".txt")


def test_the_terminal_shows_the_table(report: Report) -> None:
    assert text.tools_to_text(report) == external_file("golden/tools.txt", format=".txt")


def test_markdown_tells_the_review(view: View) -> None:
    assert markdown.to_markdown(view) == external_file("golden/review.md", format=".txt")


def test_markdown_of_a_scan_has_every_tool(view: View) -> None:
    scan = replace(view, report=replace(view.report, authority_diff=None))

    assert "### Authority of every tool\n\n| tool | kind | transport |" in markdown.to_markdown(scan)


def test_json_has_the_published_form(view: View) -> None:
    document = jsonformat.to_json(view)

    assert jsonschema_rs.is_valid(msgspec.json.decode(PUBLISHED.read_bytes()), msgspec.json.decode(document))
    assert document.decode() == external_file("golden/review.json", format=".txt")


def test_the_published_schema_is_that_of_the_code() -> None:
    assert PUBLISHED.read_bytes() == jsonformat.json_schema()


def test_sarif_follows_its_schema(view: View) -> None:
    document = sarif.to_sarif(view)

    jsonschema_rs.validate(SARIF_SCHEMA, msgspec.json.decode(document))
    assert document.decode() == external_file("golden/review.sarif.json", format=".txt")


def test_sarif_describes_every_rule_within_its_schema(view: View) -> None:
    known = tuple(replace(view.report.findings[0], rule=rule.id) for rule in RULES)
    document = msgspec.json.decode(sarif.to_sarif(replace(view, report=replace(view.report, findings=known))))
    (run,) = document["runs"]

    jsonschema_rs.validate(SARIF_SCHEMA, document)
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {rule.id for rule in RULES}
    assert all(
        rule["help"]["markdown"] and len(rule["properties"]["tags"]) <= 20 for rule in run["tool"]["driver"]["rules"]
    )


@pytest.mark.parametrize("severity", list(Severity))
def test_sarif_levels_agree_with_severities(view: View, severity: Severity) -> None:
    finding = replace(view.report.findings[0], severity=severity)
    document = msgspec.json.decode(sarif.to_sarif(replace(view, report=Report(findings=(finding,)))))

    levels = ["note", "note", "warning", "error", "error"]
    assert document["runs"][0]["results"][0]["level"] == levels[severity]


def test_hostile_text_changes_no_form(view: View, active: Callable[[str], list[str]]) -> None:
    poisoned = hostile(view.report)
    bad = replace(view, report=poisoned, verdict=judge(poisoned, Policy()), links=replace(view.links, repository=""))
    shown = text.to_text(bad) + text.tools_to_text(poisoned)

    assert {character for character in shown if not character.isprintable()} == {"\n"}
    jsonschema_rs.validate(SARIF_SCHEMA, msgspec.json.decode(sarif.to_sarif(bad)))
    assert set(map(kind, active(markdown.to_markdown(bad)))) <= {"heading_open", "link_open https://audit.example"}


def kind(found: str) -> str:
    """Tell our own headings and links to rules from anything else."""
    if found.startswith("link_open") and "https://audit.example/rules/" in found:
        return "link_open https://audit.example"
    return "heading_open" if found.startswith("heading_open") else found


def test_no_secret_is_shown_in_any_form(view: View) -> None:
    forms = [
        text.to_text(view),
        markdown.to_markdown(view),
        sarif.to_sarif(view).decode(),
        jsonformat.to_json(view).decode(),
    ]

    assert not any("4f9d0c1e7a8b" in form for form in forms)


def test_a_finding_names_its_rules_references_and_pattern(view: View) -> None:
    rule = RULES[0]
    finding = replace(view.report.findings[0], rule=rule.id, pattern=rule.pattern)
    shown = text.to_text(replace(view, report=Report(findings=(finding, finding))), width=120)

    assert " · ".join(rule.cwe) in shown
    assert shown.count(f"Pattern: {PATTERNS[rule.pattern].title}") == 2
    assert shown.count(PATTERNS[rule.pattern].text.split()[-1]) == 1


def test_rules_are_listed_and_explained() -> None:
    rule = RULES[0]

    assert rule.id in rule_texts.to_text(())
    assert "Why it matters" in rule_texts.to_text((rule.id,))
    assert rule_texts.to_markdown((rule.id,)).startswith(f"# {rule.id}\n")
    assert len(msgspec.json.decode(rule_texts.to_json(()))["rules"]) == len(RULES)


def test_a_quiet_report_is_short(view: View) -> None:
    quiet = Report(authority_diff=(), surface_changed=False)
    shown = text.to_text(replace(view, report=quiet, verdict=judge(quiet, Policy())))

    assert shown.startswith("No tool's authority changed.\n")
    assert shown.endswith("✓ No MCP surface changed\n")
    assert len(shown.splitlines()) <= 6


def test_every_finding_is_told_somewhere(view: View) -> None:
    def told(finding: Finding) -> bool:
        return finding.rule in text.to_text(view) and finding.rule in markdown.to_markdown(view)

    assert all(told(finding) for finding in view.report.findings)
