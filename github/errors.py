"""What can go wrong between us and GitHub.

GitHubError
├── MalformedPayload          a webhook body that is not the JSON that its event promises
├── InvalidPrivateKey         the App's key is not a PEM with an RSA private key
├── ArchiveRefused            a tarball that is redirected to a foreign host, or is no tarball
└── CallFailed                a call of the API, with its method and route
    ├── Unreachable           no answer, and nothing was changed: worth another try later
    │   └── DeadlineExceeded  ... because the call's time was up
    ├── ServerFailed          a read was answered 5xx, after the retries
    ├── WriteOutcomeUnknown   a write got a 5xx, no answer or an odd one: read back before sending it again
    ├── MalformedResponse     a read was answered with something that GitHub does not document
    ├── GraphQLFailed         a GraphQL answer with errors and without the data that was asked for
    ├── RateLimited           GitHub asks to pause until `retry_at`
    │   ├── PrimaryRateLimited
    │   └── SecondaryRateLimited
    └── Refused               any other 4xx
        ├── BadCredentials    401, also with a new token
        ├── Forbidden         403
        │   ├── PermissionMissing      the installation has not granted what the call needs
        │   └── InstallationSuspended
        ├── NotFound          404, 410 or 451
        └── Unprocessable     422, with GitHub's own list of errors
"""

import re

DIFF_WORDS = re.compile(r"\b(line|start_line|diff|hunk|position|path)\b", re.IGNORECASE)


class GitHubError(Exception):
    """Anything that this package raises on purpose."""


class MalformedPayload(GitHubError):
    """A webhook body that is not the JSON that its event promises."""


class InvalidPrivateKey(GitHubError):
    """The App's private key cannot sign."""


class ArchiveRefused(GitHubError):
    """A repository archive that cannot be trusted or read."""


class CallFailed(GitHubError):
    """A call of the API that failed; `route` is GitHub's template, without a repository's name in it."""

    def __init__(self, method: str, route: str, message: str) -> None:
        super().__init__(f"{method} {route}: {message}")
        self.method = method
        self.route = route
        self.message = message


class Unreachable(CallFailed):
    """No answer, and nothing was changed at GitHub."""


class DeadlineExceeded(Unreachable):
    """No answer within the time of the whole call, retries included, and nothing was changed at GitHub."""


class ServerFailed(CallFailed):
    """A read that GitHub kept answering with a 5xx."""


class WriteOutcomeUnknown(CallFailed):
    """A write that GitHub may have stored: read back before sending it again."""


class MalformedResponse(CallFailed):
    """A read was answered with something that GitHub does not document."""


class GraphQLFailed(CallFailed):
    """A GraphQL answer with errors; `types` are GitHub's names of them (`NOT_FOUND`, `FORBIDDEN`, ...)."""

    def __init__(self, route: str, message: str, types: tuple[str, ...]) -> None:
        super().__init__("POST", route, message)
        self.types = types


class RateLimited(CallFailed):
    """GitHub asks to pause until `retry_at`, in seconds since the epoch; `named` tells whether GitHub named a time."""

    def __init__(self, method: str, route: str, message: str, retry_at: float, *, named: bool = True) -> None:
        super().__init__(method, route, message)
        self.retry_at = retry_at
        self.named = named


class PrimaryRateLimited(RateLimited):
    """The installation's hourly budget is used up."""


class SecondaryRateLimited(RateLimited):
    """Too much at once; every further call makes it worse."""


class Refused(CallFailed):
    """An answer 4xx; `status` is its code, `message` GitHub's own."""

    def __init__(self, method: str, route: str, message: str, status: int) -> None:
        super().__init__(method, route, message)
        self.status = status


class BadCredentials(Refused):
    """401, also with a newly minted token; `answered_at` is what GitHub's clock said, None where it did not say."""

    answered_at: float | None = None


class Forbidden(Refused):
    """403 for another reason than a limit."""


class PermissionMissing(Forbidden):
    """The installation has not granted what the call needs; `asked` is what the token was to be for, where known."""

    asked: tuple[str, ...] = ()


class InstallationSuspended(Forbidden):
    """The installation is suspended."""


class NotFound(Refused):
    """404, 410 or 451: it does not exist for this token."""


class Unprocessable(Refused):
    """422; GitHub's message and errors are in `message`."""

    @property
    def concerns_diff(self) -> bool:
        """Whether GitHub names a place in the diff: the head moved, or a comment stands outside of the hunks."""
        return DIFF_WORDS.search(self.message) is not None
