"""What people may do in a repository, and what its branch asks for before a merge."""

import enum

import msgspec

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
    """What the active rulesets of a branch ask for."""

    required_checks: tuple[RequiredCheck, ...] = ()
    required_review_thread_resolution: bool = False
    merge_queue: bool = False


async def read_permission(repository: Repository, login: str) -> Permission:
    """Read a user's permission; someone unknown has none."""
    raise NotImplementedError


async def read_branch_rules(repository: Repository, branch: str) -> BranchRules:
    """Read the rules that are active on a branch."""
    raise NotImplementedError
