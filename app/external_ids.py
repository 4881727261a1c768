"""What a check run says about itself, from which a re-run finds its review without our database."""

from typing import Final

import msgspec

_VERSION: Final = "v1"


class ExternalId(msgspec.Struct, frozen=True):
    """A check run's external id in its parts."""

    repo_id: int
    subject: str
    base_sha: str
    job: str


def format_external_id(identity: ExternalId) -> str:
    """Write an external id."""
    return f"{_VERSION}:{identity.repo_id}:{identity.subject}:{identity.base_sha}:{identity.job}"


def parse_external_id(text: str) -> ExternalId | None:
    """Read an external id, None for one that is not ours. A subject may hold colons."""
    version, _, rest = text.partition(":")
    repo_id, _, rest = rest.partition(":")
    parts = rest.rsplit(":", 2)
    if version != _VERSION or not repo_id.isdigit() or len(parts) != 3:
        return None
    return ExternalId(int(repo_id), *parts)
