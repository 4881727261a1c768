"""What a review says on GitHub: the check run's texts, inline comments, annotations and their later edits.

Every text is held to GitHub's limits in UTF-8 bytes. Nothing that comes from a repository reaches Markdown except
through `app.render.escape`.
"""

from collections.abc import Collection, Sequence

from analyzers.finding import Finding, Side
from app.render import check, comment
from app.render.annotation import MAX_ANNOTATIONS, annotation
from app.render.escape import code, prose, visible
from app.render.view import View
from app.render.wording import short
from app.verdict import count, gravest_first
from github import budgets, patches
from github.checks import Annotation, Output
from github.markers import format_marker
from github.reviews import DraftComment

TITLE_BYTES = 250
SUMMARY_BYTES = 60_000
TEXT_BYTES = 60_000
REVIEW_BYTES = 2_000


def inline_comment(view: View, finding: Finding) -> DraftComment | None:
    """Render a finding as a comment in the diff, None when none of its lines lies in a hunk."""
    path = finding.location.path
    proposal = comment.proposed(view, finding)
    if proposal is not None:
        start = proposal.start_line if proposal.start_line < proposal.line else None
        return DraftComment(path, proposal.line, comment.body(view, finding, proposal), start_line=start)
    line = comment.anchor_line(view, finding)
    if line is None:
        return None
    side = patches.Side.LEFT if finding.location.side is Side.BASE else patches.Side.RIGHT
    return DraftComment(path, line, comment.body(view, finding, None), side)


def comment_body(view: View, finding: Finding) -> str:
    """Render the comment on a finding that may stand outside the diff by now."""
    draft = inline_comment(view, finding)
    return draft.body if draft is not None else comment.body(view, finding, None)


def review_body(view: View, comments: Sequence[DraftComment]) -> str:
    """Render the body of the review that carries the comments."""
    commit = f" at {code(short(view.target.commit))}" if view.target.commit else ""
    line = f"{count(len(comments), 'finding')} in this change{commit}; the check run has the whole review."
    return budgets.cut(f"{line}\n\n{format_marker(view.job)}", REVIEW_BYTES)


def annotations(view: View, elsewhere: Collection[str] = ()) -> tuple[Annotation, ...]:
    """Render the loud findings that are not told `elsewhere` (fingerprints) as annotations, the gravest first."""
    minimum = view.verdict.min_confidence
    loud = [item for item in view.report.findings if item.is_loud(minimum) and item.fingerprint not in elsewhere]
    rendered = (annotation(view, item) for item in sorted(loud, key=gravest_first))
    return tuple(item for item in rendered if item is not None)[:MAX_ANNOTATIONS]


def concluded(view: View, elsewhere: Collection[str] = (), coming: Collection[str] = ()) -> Output:
    """Render the finished review.

    `elsewhere` are the fingerprints that have an inline comment, `coming` those that will have one, and until then
    have their text here. So have those whose comment was too long.
    """
    commented = [item for item in view.report.findings if item.fingerprint in elsewhere]
    in_full = {item.fingerprint for item in commented if comment.is_whole(view, item)}
    return Output(
        _title(view.verdict.title),
        budgets.cut(check.summary(view), SUMMARY_BYTES, _TRUNCATED),
        budgets.cut(check.text(view, in_full), TEXT_BYTES, _TRUNCATED),
        annotations(view, {*elsewhere, *coming}),
    )


def with_note(output: Output, note: str) -> Output:
    """Return an output with one more sentence at the head of its summary."""
    summary = budgets.cut(f"{prose(note)}\n\n{output.summary}", SUMMARY_BYTES, _TRUNCATED)
    return Output(output.title, summary, output.text, output.annotations)


def in_progress() -> Output:
    """Say that the review is running."""
    return Output("Reviewing the change", "The authority of every tool is compared before and after this change.")


def superseded(head: str) -> Output:
    """Say that a newer push replaced the reviewed commit."""
    return Output(f"Superseded by {short(head)}", f"A newer push, {code(short(head))}, is reviewed instead.")


def timed_out(seconds: int) -> Output:
    """Say that the review did not end before its deadline."""
    return Output(
        f"Not reviewed: no result within {count(seconds, 'second')}",
        f"The review did not end within {count(seconds, 'second')}, so nothing is known about this change. "
        "Re-run the check; if it happens again, leave out large generated files by `paths` in the policy.",
    )


def failed(error_id: str, reason: str, advisory: bool = False) -> Output:
    """Say that the review could not be done; `advisory` when the base policy lets that pass."""
    title = "Not reviewed: the review failed"
    return Output(
        f"NOT ENFORCED: {title}" if advisory else title,
        f"{prose(reason)}\n\nNothing is known about this change. Re-run the check; if it fails again, "
        f"give the operator of this App the error id {code(error_id)}.",
    )


def permission_missing(asked: Sequence[str], route: str, settings_url: str) -> Output:
    """Say which permissions were asked for in vain, else for which call, and link to where an owner grants them."""
    listed = ", ".join(code(permission) for permission in asked)
    refused = f"This App was not granted {'all of ' if len(asked) > 1 else ''}{listed}."
    return Output(
        "Not reviewed: a permission is missing",
        f"{refused if asked else f'GitHub refuses {code(route)} to this App for want of a permission.'} "
        f"An owner grants it at <{settings_url}>; then re-run the check.",
    )


def fixed_comment(body: str, commit: str) -> str:
    """Return our own comment with its first line struck through, fixed in `commit`; again changes nothing."""
    return comment.fixed(body, commit)


def returned_reply(view: View, finding: Finding) -> str:
    """Render the reply in an old thread whose finding came back."""
    commit = f" in {code(short(view.target.commit))}" if view.target.commit else ""
    return f"Back{commit}: {prose(finding.message[:600])}\n\n{format_marker(view.job, finding.fingerprint)}"


def _title(text: str) -> str:
    return budgets.clip(visible(text), TITLE_BYTES)


_TRUNCATED = "\n\n…cut here to GitHub's limit; `skillaudit review` prints all of it."
