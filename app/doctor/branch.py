"""Whether a branch lets nothing in without our check, and takes it from nobody else."""

from typing import Final

from app.check_runs import CHECK_NAME
from app.doctor.outcome import Outcome, failed, ok, warning
from github.errors import NotFound
from github.installations import METADATA, App
from github.permissions import BranchRules, read_branch_rules

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
    repository = app.repository(installation.id, found.id, found.full_name, METADATA)
    rules = await read_branch_rules(repository, found.default_branch)
    return judge_rules(rules, app_id, f"{found.full_name}, {found.default_branch}")


def judge_rules(rules: BranchRules | None, app_id: int, place: str) -> Outcome:
    """Judge the rules of one branch; None is what a plan without rulesets has."""
    if rules is None:
        advice = "Require the check by classic branch protection, which an App cannot see."
        return warning(CHECK, f"{place}: the owner's plan has no rulesets", advice)
    ours = [check for check in rules.required_checks if check.context == CHECK_NAME]
    if not ours:
        advice = (
            f"Add a ruleset that requires {CHECK_NAME} from this App. Classic branch protection cannot be seen here."
        )
        return failed(CHECK, f"{place}: no ruleset requires the check {CHECK_NAME}", advice)
    if any(check.integration_id is None for check in ours):
        return failed(CHECK, f"{place}: the check {CHECK_NAME} is required, but from anyone", PIN)
    if any(check.integration_id != app_id for check in ours):
        return failed(CHECK, f"{place}: the check {CHECK_NAME} is required from another App", PIN)
    return ok(CHECK, f"{place}: the check {CHECK_NAME} is required, from this App")
