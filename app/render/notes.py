"""Sentences that stand above a review: about its policy, and about what the change asks of it.

Foreign names in them stand between backticks; each format escapes them in its own way.
"""

from analyzers.policy import PolicyError
from app.render.wording import name, names
from app.verdict import Verdict

POLICY_PATH = ".github/skillaudit.yml"


def broken_policy(error: PolicyError) -> str:
    """Say that the base branch's policy cannot be followed."""
    return (
        f"The policy `{POLICY_PATH}` of the base branch is not understood, {_problem(error)}. "
        "The check fails until it is; this report follows the defaults."
    )


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
