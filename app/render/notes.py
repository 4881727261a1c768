"""Sentences that stand above a review: about its policy, and about what the change asks of it.

Foreign names in them stand between backticks; each format escapes them in its own way.
"""

from collections.abc import Sequence

from analyzers.policy import PolicyError
from app.render.wording import name, names, short
from app.verdict import Verdict, count

POLICY_PATH = ".github/skillaudit.yml"


BASELINE = "This is the default branch as it stands: what pull requests change will be held against it."
DRAFT = "This pull request is a draft: findings become comments once it is ready for review."


def base_moved(branch: str, merge_base: str, tip: str) -> str:
    """Say that the base branch has commits that the change was not made on."""
    return (
        f"{name(branch)} has moved since this change left it, from `{short(merge_base)}` to `{short(tip)}`: what "
        "came meanwhile is not part of this. A merge queue, or updating the branch, has the two reviewed together."
    )


def unpinned_check(branch: str, check: str) -> str:
    """Say that anyone who can write could post the check that the branch requires."""
    return (
        f"The rules of {name(branch)} require the check {name(check)} from any source, so whoever can write here can "
        f"post it in this App's name. Choose this App as its source in the rules."
    )


def comments_delayed(comments: int, until: str) -> str:
    """Say that comments are still to come."""
    return f"{count(comments, 'comment')} on this change will follow: GitHub asked this App to pause until {until}."


def no_code_scanning(reason: str) -> str:
    """Say that the alerts which the policy asks for could not be made."""
    told = reason.replace("`", "'")
    return f"The policy asks for alerts of code scanning, which GitHub refuses: `{told}`. All findings are told here."


def alerts_failed(reason: str) -> str:
    """Say that GitHub could not make alerts of what it was sent before."""
    told = reason.replace("`", "'")
    return f"GitHub could not process the last alerts of code scanning: `{told}`. All findings are told here."


def shared_head(others: Sequence[tuple[int, str, str]], own: int) -> str:
    """Say which other pull requests have the same head (number, conclusion, title); the check is that of all."""
    shared = f"This commit is the head of {name(f'#{own}')} and of others, whose worst result counts for all."
    return f"{shared} {_results(others)}."


def shared_results(left: Sequence[tuple[int, str, str]]) -> str:
    """Say which pull requests a commit is the head of (number, conclusion, title), now that one has left it."""
    return f"The worst result of all pull requests with this commit as their head counts. {_results(left)}."


def _results(pulls: Sequence[tuple[int, str, str]]) -> str:
    return "; ".join(f"{name(f'#{number}')} {conclusion}: {name(title)}" for number, conclusion, title in pulls)


def broken_policy(error: PolicyError) -> str:
    """Say that the base branch's policy cannot be followed."""
    return (
        f"The policy `{POLICY_PATH}` of the base branch is not understood, {_problem(error)}. "
        "The check fails until it is; this report follows the defaults."
    )


def policy_above() -> str:
    """Say that a part of a repository was scanned by the defaults, though the repository states a policy."""
    return f"The policy `{POLICY_PATH}` of the repository is not followed here: scan its root for that."


def proposed_policy(now: Verdict, then: Verdict | PolicyError) -> str:
    """Say what the policy that a change proposes would do once it is on the base branch."""
    opening = f"This change edits `{POLICY_PATH}`, which takes effect on the base branch only."
    if isinstance(then, PolicyError):
        return f"{opening} The new text is not understood, {_problem(then)}."
    if then.conclusion == now.conclusion:
        return f"{opening} The verdict would be the same under it."
    return f"{opening} Under it the verdict would change from `{now.conclusion}` to `{then.conclusion}`."


def unreviewed_files(paths: tuple[str, ...]) -> str:
    """Name files with changes that are in no commit."""
    return f"Not reviewed, because not committed: {names(paths)}."


def _problem(error: PolicyError) -> str:
    return f"line {error.line}, column {error.column}: {name(error.message)}"
