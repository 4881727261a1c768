"""Source archives behind the short-lived links that the tarball operation hands out."""

from functools import lru_cache
from pathlib import Path

from tests.standin import git
from tests.standin.exchange import Refused, Reply
from tests.standin.state import State

MEDIA_TYPE = "application/x-gzip"


def archive(state: State, path: str, token: str) -> Reply:
    """Answer a download with the archive of one commit, all files below ``owner-name-sha/``."""
    expected, expires_at = state.download_links.get(token, ("", state.now()))
    if path != expected or expires_at <= state.now():
        raise Refused(404, "Not Found")
    _, _, owner, name, _, sha = path.split("/")
    repository = state.repositories[f"{owner}/{name}".lower()]
    content = state.archives.get(sha) or _packed(repository.path, f"{owner}-{name}-{sha[:7]}/", sha)
    disposition = f"attachment; filename={owner}-{name}-{sha[:7]}.tar.gz"
    return Reply(200, content=content, media_type=MEDIA_TYPE, headers={"Content-Disposition": disposition})


@lru_cache(maxsize=8)
def _packed(repository: Path, prefix: str, sha: str) -> bytes:
    return git.run(repository, "archive", "--format=tar.gz", f"--prefix={prefix}", sha)
