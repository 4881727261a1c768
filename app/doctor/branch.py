"""Whether a branch lets nothing in without our check, and takes it from nobody else."""

from collections.abc import Sequence
from typing import Final

from app.branch_requirements import read_required_checks
from app.check_runs import CHECK_NAME
from app.doctor.outcome import Outcome, failed, ok
from github.errors import NotFound
from github.installations import READ, App
from github.permissions import RequiredCheck

CHECK: Final = "branch rule"
PIN: Final = (
    f"In the rule, choose {CHECK_NAME} again and this App as its source: otherwise anyone who may write statuses can "
    "post a green check of that name."
)


async def examine_branch(app: App, app_id: int, full_name: str) -> Outcome:
    """Read the rules of a repository's default branch. Raise CallFailed."""
    try:
        installation = await app.installation_of(full_name)
        listed = await app.repositories(installation.id)
    except NotFound:
        return failed(CHECK, f"the App is not installed on {full_name}", "Install it there, or correct the name.")
    found = next((one for one in listed if one.full_name.lower() == full_name.lower()), None)
    if found is None:
        advice = "Add the repository to the installation, or ask by the name it has now."
        return failed(CHECK, f"the installation does not reach {full_name}", advice)
    repository = app.repository(installation.id, found.id, found.full_name, READ)
    required = await read_required_checks(repository, found.default_branch)
    return judge_rules(required, app_id, f"{found.full_name}, {found.default_branch}")


def judge_rules(required: Sequence[RequiredCheck], app_id: int, place: str) -> Outcome:
    """Judge which checks one branch requires."""
    ours = [check for check in required if check.context == CHECK_NAME]
    if not ours:
        advice = f"Add a ruleset, or classic branch protection, that requires {CHECK_NAME} from this App."
        return failed(CHECK, f"{place}: nothing requires the check {CHECK_NAME}", advice)
    if any(check.integration_id is None for check in ours):
        return failed(CHECK, f"{place}: the check {CHECK_NAME} is required, but from anyone", PIN)
    if any(check.integration_id != app_id for check in ours):
        return failed(CHECK, f"{place}: the check {CHECK_NAME} is required from another App", PIN)
    return ok(CHECK, f"{place}: the check {CHECK_NAME} is required, from this App")
