"""What people may do in a repository, and what its branch asks for before a merge."""

import enum

import msgspec

from github.errors import Forbidden, InstallationSuspended, NotFound, PermissionMissing
from github.repositories import Repository


class Permission(enum.StrEnum):
    """The permission of a collaborator; GitHub reports maintain as write and triage as read."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    @property
    def may_write(self) -> bool:
        """Whether it includes pushing."""
        return self in (Permission.WRITE, Permission.ADMIN)


class RequiredCheck(msgspec.Struct, frozen=True):
    """A required check; without `integration_id` anyone who can write may post it."""

    context: str
    integration_id: int | None = None


class BranchRules(msgspec.Struct, frozen=True):
    """What the active rulesets of a branch ask for; classic branch protection is not among them."""

    required_checks: tuple[RequiredCheck, ...] = ()
    required_review_thread_resolution: bool = False
    merge_queue: bool = False


class Collaborator(msgspec.Struct, frozen=True):
    """GitHub's answer for a collaborator."""

    permission: str = "none"


class RuleParameters(msgspec.Struct, frozen=True):
    """What is read of the parameters of a rule of any type."""

    required_status_checks: tuple[RequiredCheck, ...] = ()
    required_review_thread_resolution: bool = False


class Rule(msgspec.Struct, frozen=True):
    """A rule of a ruleset."""

    type: str
    parameters: RuleParameters | None = None


COLLABORATOR = msgspec.json.Decoder(Collaborator)
RULES = msgspec.json.Decoder(tuple[Rule, ...])


async def read_permission(repository: Repository, login: str) -> Permission:
    """Read a user's permission; someone unknown has none."""
    route = "/collaborators/{username}/permission"
    try:
        collaborator = await repository.get(route, COLLABORATOR, username=login)
    except NotFound:
        return Permission.NONE
    known = collaborator.permission in Permission.__members__.values()
    return Permission(collaborator.permission) if known else Permission.NONE


async def read_branch_rules(repository: Repository, branch: str) -> BranchRules | None:
    """Read the rules that are active on a branch; None where the owner's plan, or an old server, has no rulesets."""
    rules: list[Rule] = []
    try:
        async for page in repository.pages("/rules/branches/{branch}", RULES, branch=branch):
            rules.extend(page)
    except (PermissionMissing, InstallationSuspended):
        raise
    except (Forbidden, NotFound):
        return None
    parameters = [rule.parameters for rule in rules if rule.parameters is not None]
    return BranchRules(
        required_checks=tuple(check for one in parameters for check in one.required_status_checks),
        required_review_thread_resolution=any(one.required_review_thread_resolution for one in parameters),
        merge_queue=any(rule.type == "merge_queue" for rule in rules),
    )
