"""Hosts on which the first names of a path, not the host, say whose content it is."""

_SHARED = frozenset(
    {
        *("github.com", "www.github.com", "raw.githubusercontent.com", "gist.github.com", "api.github.com"),
        *("gist.githubusercontent.com", "codeload.github.com", "gitlab.com", "bitbucket.org", "codeberg.org"),
        *("huggingface.co", "cdn.jsdelivr.net", "unpkg.com", "esm.sh", "hub.docker.com", "ghcr.io", "quay.io"),
        *("s3.amazonaws.com", "storage.googleapis.com", "storage.cloud.google.com", "dev.azure.com", "medium.com"),
        *("docs.google.com", "drive.google.com"),
    }
)
_SHARED_BELOW = (".github.io", ".gitlab.io", ".bitbucket.io")


def is_shared(host: str) -> bool:
    """Tell whether different owners or projects share a host, told apart by the path."""
    return host in _SHARED or host.endswith(_SHARED_BELOW)
