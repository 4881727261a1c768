"""The check run of a review: opened before anything else, found again after a crash, concluded once."""

from collections.abc import Sequence
from typing import Final

from app.external_ids import ExternalId, format_external_id
from app.leases import Lease
from app.render import github as render
from app.shared_heads import begin_check
from app.tables import Review
from app.tools import Tools
from github.checks import (
    Action,
    CheckRun,
    NewCheckRun,
    Output,
    conclude_check_run,
    create_check_run,
    find_check_run,
    list_check_runs,
    read_check_run,
)
from github.errors import WriteOutcomeUnknown
from github.installations import CHECK

CHECK_NAME: Final = "SkillAudit"
CONCLUDE_TRIES: Final = 3
BUTTONS: Final = (
    Action("Re-run", "Review this commit once more", "rerun"),
    Action("Explain", "Explain the findings in a comment", "explain"),
)


async def open_check(tools: Tools, review: Review, lease: Lease) -> CheckRun:
    """Return the review's check run, made in progress unless there is one. Raise CallFailed or LeaseLost."""
    repository = tools.repository(review, CHECK)
    if review.check_run_id is not None:
        check = await read_check_run(repository, review.check_run_id)
        if not _is_anothers(review, check):
            return check
    while (beginning := await begin_check(tools.store.clock, lease)).check_run_id is not None:
        check = await read_check_run(repository, beginning.check_run_id)
        if check.status != "completed":
            return check
    check = await _begun_by(tools, review, beginning.begun) or await _create(tools, review)
    tools.reached("check created")
    await lease.change(lambda row: setattr(row, "check_run_id", check.id))
    tools.reached("check stored")
    return check


async def begun_check(tools: Tools, review: Review) -> CheckRun | None:
    """Return the check run that an earlier attempt made, None where there is none. Raise CallFailed."""
    if review.check_run_id is not None:
        return await read_check_run(tools.repository(review, CHECK), review.check_run_id)
    return await _find(tools, review) if review.step else None


async def conclude(tools: Tools, review: Review, check: CheckRun, conclusion: str, output: Output) -> CheckRun:
    """Conclude the check run; what was sent already is not sent again. Raise CallFailed."""
    repository = tools.repository(review, CHECK)
    # On the default branch there is no conversation to explain anything in.
    buttons = BUTTONS if review.number is not None else BUTTONS[:1]
    for tries_left in reversed(range(CONCLUDE_TRIES)):
        try:
            return await conclude_check_run(repository, check, conclusion, output, buttons)
        except WriteOutcomeUnknown:
            if not tries_left:
                raise
            check = await read_check_run(repository, check.id)
            if check.status == "completed":
                break
    return check


async def _begun_by(tools: Tools, review: Review, begun: Sequence[Review]) -> CheckRun | None:
    """Return the check run that one of these reviews made before something kept it from storing that."""
    if not begun:
        return None
    made_for = {_external_id(other) for other in begun}
    runs = await list_check_runs(
        tools.repository(review, CHECK), review.head_sha, CHECK_NAME, int(tools.settings.github_app_id)
    )
    own = _external_id(review)
    for run in runs:
        is_ours = run.external_id == own and not _is_anothers(review, run)
        if is_ours or (run.external_id in made_for and run.status != "completed"):
            return run
    return None


def _is_anothers(review: Review, check: CheckRun) -> bool:
    """Tell whether a check that was shared is concluded although this review has no result yet."""
    undecided = not (review.conclusion or review.halt or review.comments_due)
    return check.status == "completed" and undecided and review.number is not None


async def _create(tools: Tools, review: Review) -> CheckRun:
    repository = tools.repository(review, CHECK)
    new = NewCheckRun(CHECK_NAME, review.head_sha, _external_id(review), tools.settings.skillaudit_public_url)
    try:
        return await create_check_run(repository, new, render.in_progress())
    except WriteOutcomeUnknown:
        found = await _find(tools, review)
        if found is None:
            raise
        return found


async def _find(tools: Tools, review: Review) -> CheckRun | None:
    app_id = int(tools.settings.github_app_id)
    repository = tools.repository(review, CHECK)
    return await find_check_run(repository, review.head_sha, CHECK_NAME, _external_id(review), app_id)


def _external_id(review: Review) -> str:
    return format_external_id(ExternalId(review.repo_id, review.subject, review.base_sha, review.id))
