"""Branches, and which checks classic protection requires before anything is merged into one."""

import msgspec

from github.errors import Forbidden, InstallationSuspended, NotFound, PermissionMissing
from github.permissions import RequiredCheck
from github.repositories import Repository


class Target(msgspec.Struct, frozen=True):
    """What a reference points to."""

    sha: str


class Reference(msgspec.Struct, frozen=True):
    """A reference."""

    object: Target


class ProtectedCheck(msgspec.Struct, frozen=True):
    """A check that classic protection requires; `app_id` is null, or -1, where any source will do."""

    context: str
    app_id: int | None = None


class ProtectedChecks(msgspec.Struct, frozen=True):
    """What classic protection requires."""

    checks: tuple[ProtectedCheck, ...] = ()


class Protection(msgspec.Struct, frozen=True):
    """Classic protection, as far as those may see it who may not administer the repository."""

    required_status_checks: ProtectedChecks | None = None


class Branch(msgspec.Struct, frozen=True):
    """A branch."""

    protection: Protection | None = None


REFERENCE = msgspec.json.Decoder(Reference)
BRANCH = msgspec.json.Decoder(Branch)


async def read_branch_head(repository: Repository, branch: str) -> str:
    """Return the commit at the tip of a branch; raise NotFound, or Refused (409) for a repository without commits."""
    found = await repository.get("/git/ref/{ref}", REFERENCE, ref=f"heads/{branch}")
    return found.object.sha


async def read_protected_checks(repository: Repository, branch: str) -> tuple[RequiredCheck, ...]:
    """Read which checks a branch's classic protection requires; none where it is not to be seen."""
    try:
        found = await repository.get("/branches/{branch}", BRANCH, branch=branch)
    except (PermissionMissing, InstallationSuspended):
        raise
    except (Forbidden, NotFound):
        return ()
    required = found.protection.required_status_checks if found.protection is not None else None
    checks = required.checks if required is not None else ()
    return tuple(RequiredCheck(one.context, one.app_id if (one.app_id or 0) > 0 else None) for one in checks)
