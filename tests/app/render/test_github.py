"""What the App writes on GitHub: complete, within GitHub's limits, and harmless."""

from collections.abc import Callable

import pytest
from inline_snapshot import external_file
from msgspec.structs import replace

from analyzers.finding import (
    AuthorityChange,
    Evidence,
    Finding,
    Location,
    NotAnalyzed,
    Position,
    Report,
    Severity,
    Side,
    Span,
)
from analyzers.policy import Policy, PolicyError
from analyzers.rules import RULES
from app.evidence import proof
from app.render import blocks, github, notes
from app.render.view import DiffLines, View
from app.verdict import judge, judge_without_policy
from github.markers import Marker, parse_marker
from github.patches import Side as GitHubSide

Active = Callable[[str], list[str]]
OWN_LINKS = ("https://github.example/", "https://audit.example/", "https://cwe.mitre.org/")


def first(view: View) -> Finding:
    return view.report.findings[0]


def foreign(found: list[str]) -> list[str]:
    """Leave out our own headings, folds, links and markers."""
    own = ("heading_open", "html_block <details>", "html_block </details>", "html_block <!-- skillaudit:v1 ")
    return [
        item
        for item in found
        if not item.startswith(own) and not (item.startswith("link_open") and any(link in item for link in OWN_LINKS))
    ]


def test_a_comment_says_what_why_how_and_how_to_dismiss(view: View) -> None:
    comment = github.inline_comment(view, first(view))

    assert comment is not None
    assert (comment.path, comment.start_line, comment.line, comment.side) == ("server.py", 20, 21, GitHubSide.RIGHT)
    assert comment.body == external_file("golden/comment.md", format=".txt")
    shown = first(view)
    assert parse_marker(comment.body) == Marker("41", shown.fingerprint, proof(view.report, shown))


def test_a_fix_with_a_decision_left_is_a_diff(view: View) -> None:
    view = replace(view, diff={"server.py": DiffLines(right=(range(1, 12),))})
    comment = github.inline_comment(view, view.report.findings[1])

    assert comment is not None
    assert (comment.start_line, comment.line) == (None, 7)
    assert "```diff\n" in comment.body
    assert "suggestion\n" not in comment.body


def test_a_finding_outside_the_diff_is_an_annotation_instead(view: View) -> None:
    outside = view.report.findings[1]
    comment = github.inline_comment(view, outside)
    (annotation,) = github.annotations(view, {first(view).fingerprint})

    assert comment is None
    assert (annotation.path, annotation.start_line, annotation.end_line) == ("server.py", 7, 7)
    assert (annotation.annotation_level, annotation.title) == ("failure", "written-credential (high)")
    assert "4f9d0c1e" not in annotation.message + annotation.raw_details


def test_a_removed_protection_is_told_on_the_left(view: View) -> None:
    location = Location("server.py", Span(Position(30, 1), Position(31, 1)), Side.BASE)
    removed = replace(first(view), location=location, fix=None)
    view = replace(view, diff={"server.py": DiffLines(right=(range(17, 23),), left=(range(30, 31),))})
    comment = github.inline_comment(view, removed)

    assert comment is not None
    assert (comment.line, comment.side) == (30, GitHubSide.LEFT)
    assert github.annotations(replace(view, report=Report(findings=(removed,)))) == ()


def test_the_check_has_the_authority_first_and_everything_once(view: View) -> None:
    output = github.concluded(view, {first(view).fingerprint})

    assert output.title == "2 blocking findings: delete_customer_record runs for every caller that holds a valid token"
    assert output.summary == external_file("golden/check_summary.md", format=".txt")
    assert output.text == external_file("golden/check_text.md", format=".txt")
    assert [annotation.title for annotation in output.annotations] == ["written-credential (high)"]


def test_tools_that_change_in_numbers_are_folded_behind_the_first(view: View) -> None:
    many = tuple(
        AuthorityChange(f"server:mcp:t{number:02}", "tool", f"t{number:02}", None, "worse") for number in range(50)
    )

    summary = github.concluded(replace(view, report=Report(authority_diff=many)), set()).summary
    shown, _, folded = summary.partition("<details><summary>28 more tools</summary>\n\n")

    assert [f"| `t{number:02}` |" in shown for number in (0, 11, 12)] == [True, True, False]
    table, _, rest = folded.partition("\n\n</details>\n\n")
    assert table.startswith("| tool | | ")
    assert table.count("\n| `t") == 28
    assert rest.startswith("…10 more tools that are not listed.")


def test_what_is_too_long_for_a_comment_is_in_the_check(view: View) -> None:
    steps = tuple(Evidence(f"{'deep/' * 30}{number}.py", number, "called here " * 18) for number in range(1, 13))
    shown = replace(first(view), evidence=steps)
    view = replace(view, report=replace(view.report, findings=(shown,)))

    comment = github.inline_comment(view, shown)
    text = github.concluded(view, {shown.fingerprint}).text

    assert comment is not None
    assert comment.body.count("it is in the check run") == 1
    assert shown.why[:40] in comment.body
    assert "12. " in text
    assert shown.fix is not None
    assert shown.fix.title in text


def test_a_title_hides_no_characters(view: View) -> None:
    named = replace(first(view), message="`issue\u202erefund` runs for every caller")
    report = replace(view.report, findings=(named,))

    title = github.concluded(replace(view, report=report, verdict=judge(report, Policy()))).title

    assert title == "1 blocking finding: issue\\u202erefund runs for every caller"


def test_a_fixed_comment_is_struck_out_once(view: View) -> None:
    comment = github.inline_comment(view, first(view))
    assert comment is not None

    body = github.fixed_comment(comment.body, "b81d2f0aaaaaaaa")

    assert body.startswith(
        "~~**`delete_customer_record` runs for every caller that holds a valid token.**~~\n\nFixed in `b81d2f0`."
    )
    assert github.fixed_comment(body, "ccccccc") == body
    assert parse_marker(body) == parse_marker(comment.body)


def test_a_finding_that_came_back_is_told_in_its_thread(view: View) -> None:
    reply = github.returned_reply(view, first(view))

    assert reply.startswith("Back in `9d0e77c`: `delete_customer_record` runs for every caller")
    assert parse_marker(reply) == Marker("41", first(view).fingerprint)


def test_other_ends_say_what_to_do() -> None:
    assert github.failed("e-17", "the analysis ended", advisory=True).title.startswith("NOT ENFORCED: ")
    assert "`e-17`" in github.failed("e-17", "the analysis ended").summary
    address = "https://github.example/x"
    assert "granted `checks: write`." in github.permission_missing(["checks: write"], "/x", address).summary
    assert (
        "granted all of `a: read`, `b: read`."
        in github.permission_missing(["a: read", "b: read"], "/x", address).summary
    )
    assert "refuses `/x` to" in github.permission_missing([], "/x", address).summary
    assert "900 seconds" in github.timed_out(900).title
    assert "`9d0e77c`" in github.superseded("9d0e77c" + "0" * 33).summary
    assert github.in_progress().title


def test_policy_notes_quote_what_they_name(active: Active, view: View) -> None:
    error = PolicyError("unknown key '@org <b>'", 3, 5)
    told = replace(view, notes=(notes.broken_policy(error), notes.proposed_policy(view.verdict, error)))

    assert "line 3, column 5: `unknown key '@org <b>'`." in github.concluded(told).summary
    assert foreign(active(github.concluded(told).summary)) == []
    assert judge_without_policy(Report(), error).conclusion == "failure"


def test_the_rule_is_linked_with_its_weaknesses(view: View) -> None:
    rule = RULES[0]
    footer = blocks.footer(view, replace(first(view), rule=rule.id))

    assert footer.startswith(f"[{rule.id}](https://audit.example/rules/{rule.id}) · high, confidence high · [CWE-")


@pytest.mark.parametrize(
    "filler", ["\U0001f4a5" * 200_000, "x" * 1_000_000, "`" * 100_000, "\u202e" * 50_000, "a\n" * 99_999]
)
def test_every_text_keeps_to_its_limit_in_bytes(view: View, active: Active, filler: str) -> None:
    big = replace(
        first(view),
        message=filler,
        why=filler,
        evidence=tuple(Evidence(f"{filler[:5_000]}.py", 1, filler) for _ in range(30)),
    )
    report = replace(
        view.report,
        findings=tuple(replace(big, fingerprint=f"{number:016x}") for number in range(40)),
        coverage=replace(
            view.report.coverage,
            not_analyzed=tuple(NotAnalyzed(f"{filler[:3_000]}{number}", filler, True) for number in range(60)),
        ),
    )
    view = replace(view, report=report, texts={"server.py": f"{filler}\n".encode() * 2 + view.texts["server.py"]},
                   verdict=judge(report, Policy()))  # fmt: skip
    output = github.concluded(view)
    comment = github.inline_comment(view, big)

    assert comment is not None
    assert len(output.summary.encode()) <= 60_000
    assert len(output.text.encode()) <= 60_000
    assert len(output.title.encode()) <= 250
    assert len(comment.body.encode()) <= 8_000
    assert parse_marker(comment.body) == Marker("41", big.fingerprint, proof(report, big))
    assert all(len(item.message.encode()) <= 4_000 for item in output.annotations)
    assert all(len(item.raw_details.encode()) <= 16_000 for item in output.annotations)
    assert foreign(active(comment.body)) in ([], ["suggestion"])


def test_a_low_finding_is_an_annotation_of_its_level(view: View) -> None:
    low = replace(view.report.findings[1], severity=Severity.LOW)
    report = Report(findings=(low,), authority_diff=())
    view = replace(view, report=report, verdict=judge(report, Policy()))

    assert [item.annotation_level for item in github.annotations(view)] == ["warning"]
    assert github.concluded(view).title == "No blocking findings, 1 below the gate; no tool's authority changed"


def test_the_review_carries_its_marker(view: View) -> None:
    comment = github.inline_comment(view, first(view))
    assert comment is not None

    body = github.review_body(view, [comment])

    assert body.startswith("1 finding in this change at `9d0e77c`; the check run has the whole review.")
    assert parse_marker(body) == Marker("41")
