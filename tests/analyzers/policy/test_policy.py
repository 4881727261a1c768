"""What a policy file may say, and how its mistakes are told."""

import datetime

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import Confidence, Finding, Location, Position, Severity, Span
from analyzers.policy import Policy, PolicyError, PolicySuppression, RuleSetting, parse_policy, policy_schema

RULES = ("missing-per-tool-authorization", "missing-tool-call-audit", "token-passthrough")

FULL = b"""\
gate: critical
min_confidence: low
mode: advisory
incomplete: neutral
on_error: neutral
rules:
  missing-tool-call-audit: {severity: off, reason: the gateway records calls}
  token-passthrough: medium
paths:
  exclude: ["examples/**", "third_party"]
guards: [shop.auth.require_tool]
identities: [shop.auth.caller]
audits: [shop.audit.record]
sanitizers: [shop.net.pinned]
allowed_hosts: ["api.example.org", "*.internal.example.org"]
suppressions:
  - fingerprint: 12345678
    reason: accepted by the security team
    expires: 2027-01-31
  - {rule: token-passthrough, path: legacy/*.py, reason: goes away with v1}
"""


def finding(rule: str = "token-passthrough", path: str = "legacy/a.py", fingerprint: str = "123456789abc") -> Finding:
    location = Location(path, Span(Position(1, 1), Position(1, 2)))
    return Finding(rule, "p", Severity.HIGH, Confidence.HIGH, location, "m", "w", fingerprint)


def test_every_key_reaches_the_policy() -> None:
    policy = parse_policy(FULL, RULES)

    assert policy == Policy(
        gate=Severity.CRITICAL,
        min_confidence=Confidence.LOW,
        mode="advisory",
        incomplete="neutral",
        on_error="neutral",
        rules=(
            RuleSetting("missing-tool-call-audit", None, "the gateway records calls"),
            RuleSetting("token-passthrough", Severity.MEDIUM),
        ),
        exclude=("examples/**", "third_party"),
        guards=("shop.auth.require_tool",),
        identities=("shop.auth.caller",),
        audits=("shop.audit.record",),
        sanitizers=("shop.net.pinned",),
        allowed_hosts=("api.example.org", "*.internal.example.org"),
        suppressions=(
            PolicySuppression(
                "accepted by the security team", fingerprint="12345678", expires=datetime.date(2027, 1, 31)
            ),
            PolicySuppression("goes away with v1", rule="token-passthrough", path="legacy/*.py"),
        ),
    )


def test_an_empty_file_is_the_default_policy() -> None:
    assert parse_policy(b"", RULES) == parse_policy(b"# nothing yet\n", RULES) == Policy()


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("gate: high\ngatee: low\n", "unknown key 'gatee'; did you mean 'gate'?", 2, 1),
        ("gate: hihg\n", "'hihg' is not one of critical, high, medium, low, info, never; did you mean 'high'?", 1, 7),
        ("gate: [high]\n", "expected one of critical, high, medium, low, info, never, found a list", 1, 7),
        ("rules:\n  token-passthru: low\n",
         "there is no rule 'token-passthru'; did you mean 'token-passthrough'?", 2, 3),
        (
            "rules:\n  token-passthrough: off\n",
            "turning token-passthrough off needs a reason: {severity: off, reason: ...}",
            2,
            22,
        ),
        ("rules:\n  token-passthrough: {reason: x}\n", "a rule's setting needs severity", 2, 22),
        ("guards: shop.auth\n", "expected a list, found text", 1, 9),
        ("guards: [a b]\n", "'a b' is not a dotted name as in package.module.function", 1, 10),
        ("guards: [7]\n", "expected a dotted name as in package.module.function, found a number", 1, 10),
        ("paths: {exlude: []}\n", "unknown key 'exlude'; did you mean 'exclude'?", 1, 9),
        ("suppressions:\n- {rule: token-passthrough, reason: x}\n",
         "a suppression names either a fingerprint or a rule and a path", 2, 3),
        ("suppressions:\n- {fingerprint: abcdef12}\n", "a suppression needs reason", 2, 3),
        ("suppressions:\n- {fingerprint: abcdef12, reason: x, expires: soon}\n",
         "expected a day as in 2027-01-31, found 'soon'", 2, 47),
        ("suppressions:\n- {fingerprint: abcdef12, reason: ''}\n", "'' is not a reason", 2, 35),
        ("gate: high\ngate: low\n", "'gate' is given twice", 2, 1),
        ("- gate\n", "expected a policy, found a list", 1, 1),
        ("gate: high\n---\ngate: low\n", "not valid YAML: but found another document", 2, 1),
        ("gate: &a high\nmode: *a\n", "aliases are not supported", 2, 7),
        ("gate: 'high\n", "not valid YAML: found unexpected end of stream", 2, 1),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text.encode(), RULES)

    assert (caught.value.message, caught.value.line, caught.value.column) == (message, line, column)


@pytest.mark.parametrize(
    ("data", "message", "line", "column"),
    [
        (b"[" * 60_000, "nested deeper than 16 levels", 1, 17),
        (b"a" * 70_000, "longer than 65,536 bytes", 1, 1),
        (b"guards: [" + b"a," * 6_000 + b"]", "more than 5,000 values", 1, 10000),
        (b"gate: high\n\xff", "not UTF-8", 2, 1),
        (b"gate: high\n# \x00", "not valid YAML: a control character", 2, 3),
    ],
)
def test_a_hostile_file_is_refused_before_it_is_built(data: bytes, message: str, line: int, column: int) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(data, RULES)

    assert (caught.value.message, caught.value.line, caught.value.column) == (message, line, column)


@given(st.binary(max_size=200) | st.text(alphabet="gate:{}[]-&*!'\"\n #|>?,%@\t", max_size=80).map(str.encode))
def test_any_bytes_are_a_policy_or_a_policy_error(data: bytes) -> None:
    try:
        parse_policy(data, RULES)
    except PolicyError as error:
        place = (error.line, error.column)
    else:
        place = (1, 1)

    assert min(place) >= 1


def test_the_schema_accepts_what_the_reader_accepts() -> None:
    schema = policy_schema(RULES)
    document = {**yaml.safe_load(FULL), "mode": "advisory"}
    document["rules"]["missing-tool-call-audit"]["severity"] = "off"
    document["suppressions"][0].update(fingerprint="12345678", expires="2027-01-31")

    assert jsonschema_rs.meta.is_valid(schema)
    assert jsonschema_rs.is_valid(schema, document)
    assert not jsonschema_rs.is_valid(schema, {"gatee": "high"})


def test_every_key_says_what_it_means() -> None:
    properties = policy_schema(RULES)["properties"]

    assert isinstance(properties, dict)
    assert set(properties) >= {"gate", "mode", "incomplete", "on_error", "rules", "paths", "guards", "suppressions"}
    assert all(value["description"] for value in properties.values())


def test_globs_stay_in_their_folder_unless_they_say_otherwise() -> None:
    policy = Policy(exclude=("examples/**", "*.md", "docs", "a/**/z.py", "x?[1]"))

    excluded = [path for path in ("examples/a/b.py", "README.md", "docs/a.py", "a/z.py", "a/b/c/z.py", "xy[1]")
                if policy.excludes(path)]  # fmt: skip
    kept = [path for path in ("src/examples/a.py", "docs.py", "b/README.md", "a/z.pyc", "xy1") if policy.excludes(path)]

    assert len(excluded) == 6
    assert kept == []


def test_a_suppression_covers_its_fingerprint_or_its_rule_and_path() -> None:
    by_fingerprint = PolicySuppression("r", fingerprint="12345678")
    by_rule = PolicySuppression("r", rule="token-passthrough", path="legacy/*.py")

    others = (finding(fingerprint="ff345678"), finding(path="legacy/deep/a.py"), finding(rule="other"))

    assert (by_fingerprint.covers(finding()), by_rule.covers(finding())) == (True, True)
    assert [by_fingerprint.covers(other) for other in others] == [False, True, True]
    assert [by_rule.covers(other) for other in others] == [True, False, False]


def test_a_suppression_holds_to_the_end_of_its_last_day() -> None:
    policy = parse_policy(FULL, RULES)

    assert len(policy.on(datetime.date(2027, 1, 31)).suppressions) == 2
    assert len(policy.on(datetime.date(2027, 2, 1)).suppressions) == 1
