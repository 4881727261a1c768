"""One report of two trees: what is new, what is gone, what is dismissed, what could not be analysed."""

import textwrap
from collections.abc import Iterator

import pytest

from analyzers import Change, Entry, Hunk, Memory, Report, Unread, analyze
from analyzers.engine import judge
from analyzers.finding import Failure, IdleIgnore
from analyzers.policy import Policy, parse_policy
from analyzers.rule import Analysis, Draft, Rule
from tests.analyzers.programs import facts_of, tree_of

TLS = "tls-verification-disabled"
HEAD = "from fastmcp import FastMCP\nimport httpx\nmcp = FastMCP('x')\n"
CALL = "@mcp.tool\ndef read() -> str:\n    return httpx.get('https://api.example.org', verify=False).text\n"
SOUND = CALL.replace("False", "True")
TWICE = CALL + CALL.replace("def read", "def again")


def review(base: dict[str, str], head: dict[str, str], change: Change | None = None, policy: str = "") -> Report:
    rules = parse_policy(textwrap.dedent(policy).encode()) if policy else Policy()
    return analyze(tree_of(head), tree_of(base), change, rules)


def told(report: Report) -> list[tuple[int, bool, str | None]]:
    """Return line, newness and the way of dismissal of the findings about certificates."""
    return [
        (finding.location.line, finding.new, finding.suppressed.by if finding.suppressed else None)
        for finding in report.findings
        if finding.rule == TLS
    ]


def gone(report: Report) -> list[str]:
    return [fixed.path for fixed in report.fixed if fixed.rule == TLS]


def test_what_the_base_has_not_is_new() -> None:
    report = review({"server.py": HEAD + SOUND}, {"server.py": HEAD + CALL})

    assert (told(report), gone(report)) == ([(6, True, None)], [])


def test_what_the_head_has_no_more_is_fixed() -> None:
    report = review({"server.py": HEAD + CALL}, {"server.py": HEAD + SOUND})

    assert (told(report), gone(report)) == ([], ["server.py"])


def test_lines_above_move_a_finding_without_making_it_new() -> None:
    report = review({"server.py": HEAD + CALL}, {"server.py": HEAD + "\n\n" + CALL})

    assert (told(report), gone(report)) == ([(8, False, None)], [])


def test_a_renamed_file_keeps_its_findings() -> None:
    change = Change(changed=("tools.py",), renames={"server.py": "tools.py"})
    report = review({"server.py": HEAD + CALL}, {"tools.py": HEAD + CALL}, change)

    assert (told(report), gone(report)) == ([(6, False, None)], [])


def test_a_second_of_its_kind_is_new_and_the_first_is_not() -> None:
    report = review({"server.py": HEAD + CALL}, {"server.py": HEAD + TWICE})

    assert told(report) == [(6, False, None), (9, True, None)]


def test_of_two_equals_in_one_function_the_added_line_is_new() -> None:
    line = "    httpx.get('https://api.example.org', verify=False)\n"
    base = HEAD + "@mcp.tool\ndef read() -> None:\n" + line
    change = Change({"server.py": (Hunk(5, 0, 6, 1),)}, ("server.py",))
    report = review({"server.py": base}, {"server.py": base + line}, change)

    assert told(report) == [(6, True, None), (7, False, None)]


DISMISSED = CALL.replace(".text\n", f".text  # skillaudit: ignore[{TLS}] a peer of the lab\n")


def test_a_comment_dismisses_what_the_base_has_already() -> None:
    report = review({"server.py": HEAD + CALL}, {"server.py": HEAD + DISMISSED})

    assert told(report) == [(6, False, "comment")]


def test_a_change_does_not_dismiss_what_it_adds() -> None:
    report = review({"server.py": HEAD + SOUND}, {"server.py": HEAD + DISMISSED})

    assert told(report) == [(6, True, None)]


def test_a_scan_without_a_base_takes_comments_as_they_are() -> None:
    assert told(analyze(tree_of({"server.py": HEAD + DISMISSED}))) == [(6, True, "comment")]


def test_a_comment_without_a_reason_dismisses_nothing() -> None:
    bare = DISMISSED.replace(" a peer of the lab", "")

    assert told(analyze(tree_of({"server.py": HEAD + bare}))) == [(6, True, None)]


class Raising(Rule):
    """A rule that says one thing and fails."""

    id = "raising"
    principle = "verify-explicitly"

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        raise LookupError("a text of the source")


def test_a_rule_that_raises_is_listed_without_what_it_said() -> None:
    judged = judge({"server.py": facts_of(HEAD + CALL)}, (Raising(),))

    assert (judged.reported, judged.failures) == ((), (Failure("rule", "", "raising", "LookupError"),))


def test_what_was_not_read_makes_the_report_incomplete() -> None:
    tree = tree_of({"server.py": HEAD + CALL})
    tree.entries = (*tree.entries, Entry("big.py", "1", size=1))
    tree.unread = (Unread("big.py", "1", "too large"),)
    report = analyze(tree)

    assert [item.path for item in report.coverage.not_analyzed] == ["big.py"]
    assert report.incomplete


def test_without_changes_nothing_differs() -> None:
    report = review({"server.py": HEAD + CALL}, {"server.py": HEAD + CALL})

    assert (report.authority_diff, report.fixed, report.surface_changed) == ((), (), False)


def test_a_policy_dismisses_and_says_so() -> None:
    policy = f"""
    suppressions:
      - rule: {TLS}
        path: server.py
        reason: a peer of the lab
    """
    report = review({"server.py": HEAD + SOUND}, {"server.py": HEAD + CALL}, policy=policy)

    assert told(report) == [(6, True, "policy")]


def test_a_rule_that_is_off_says_nothing() -> None:
    policy = f"rules:\n  {TLS}: {{severity: off, reason: a lab}}\n"
    report = review({"server.py": HEAD + SOUND}, {"server.py": HEAD + CALL}, policy=policy)

    assert told(report) == []


def test_a_finding_that_was_too_unsure_to_show_is_new_once_the_server_is_exposed() -> None:
    tool = "@mcp.tool\ndef remove(name: str) -> None:\n    httpx.delete(f'https://api.example.org/{name}')\n"
    base, head = HEAD + tool, HEAD + tool + "mcp.run(transport='http')\n"
    report = review({"server.py": base}, {"server.py": head})

    assert [(found.rule, found.new) for found in report.findings if found.rule.startswith("unauthenticated")] == [
        ("unauthenticated-network-server", True)
    ]


@pytest.mark.parametrize(
    ("comment", "kind", "text"),
    [
        (f"ignore[{TLS}] a peer of the lab", "", ""),
        (f"ignore[{TLS}]", "no_reason", f"gives no reason to ignore {TLS}"),
        ("ignore a peer of the lab", "no_rule", "names no rule"),
        ("ignore[] a peer of the lab", "no_rule", "names no rule"),
        (
            "ignore[tls-verification-off] a peer of the lab",
            "unknown_rule",
            f"there is no rule 'tls-verification-off'; did you mean {TLS!r}?",
        ),
        ("ignore[TLS01] a peer of the lab", "unknown_rule", "there is no rule 'TLS01'"),
        ("ignore[token-passthrough] a peer of the lab", "unused", "nothing of token-passthrough is reported here"),
    ],
)
def test_a_comment_that_dismisses_nothing_is_told(comment: str, kind: str, text: str) -> None:
    call = CALL.replace(".text\n", f".text  # skillaudit: {comment}\n")
    report = analyze(tree_of({"server.py": HEAD + call}))
    expected = (IdleIgnore("server.py", 6, kind, text),) if kind else ()  # type: ignore[arg-type]

    assert report.idle_ignores == expected


def test_a_comment_is_not_called_unused_by_a_review_in_which_its_rule_is_off() -> None:
    policy = parse_policy(f"rules: {{{TLS}: {{severity: 'off', reason: tested elsewhere}}}}".encode())
    report = analyze(tree_of({"server.py": HEAD + DISMISSED}), policy=policy)

    assert report.idle_ignores == ()


def test_a_comment_that_only_asks_for_a_dismissal_is_not_called_unused() -> None:
    report = review({"server.py": HEAD + SOUND}, {"server.py": HEAD + DISMISSED})

    assert report.idle_ignores == ()


def test_a_base_that_is_remembered_changes_no_report() -> None:
    memory = Memory()
    bases = [tree_of({"server.py": HEAD + text}) for text in (CALL, SOUND)]
    head = tree_of({"server.py": HEAD + TWICE})
    rules = parse_policy(b"min_confidence: high\n")

    for base in (*bases, bases[0]):
        for _ in range(2):
            for policy in (Policy(), rules):
                assert analyze(head, base, None, policy, memory) == analyze(head, base, None, policy)
                assert memory.holds(base, policy)
    assert not memory.holds(bases[1], rules)
    assert not memory.holds(None, rules)
