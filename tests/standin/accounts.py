"""Who acts on the stand-in: users, the App, its installations and their tokens."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DEFAULT_PERMISSIONS = {
    "metadata": "read",
    "contents": "read",
    "pull_requests": "write",
    "checks": "write",
    "merge_queues": "read",
    "issues": "read",
}
DEFAULT_EVENTS = (
    "pull_request",
    "merge_group",
    "check_run",
    "check_suite",
    "issue_comment",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
)
LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class User:
    """An account: a person, an organization, or the bot of an App (login ends with ``[bot]``)."""

    id: int
    login: str
    type: str = "User"

    @property
    def node_id(self) -> str:
        """Return the GraphQL id."""
        return f"{'BOT' if self.type == 'Bot' else 'U'}_{self.id}"


@dataclass(slots=True)
class App:
    """A registered GitHub App with its private key and webhook."""

    id: int
    slug: str
    name: str
    owner: User
    bot: User
    private_key: rsa.RSAPrivateKey
    webhook_secret: str
    client_id: str
    # GitHub takes every key of an App until its owner deletes it.
    older_keys: list[rsa.RSAPrivateKey] = field(default_factory=list)
    webhook_url: str | None = None
    webhook_content_type: str = "json"
    webhook_insecure_ssl: str = "0"
    permissions: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_PERMISSIONS))
    events: tuple[str, ...] = DEFAULT_EVENTS

    @property
    def private_key_pem(self) -> str:
        """Return the private key as the PEM text that GitHub hands out."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()


@dataclass(slots=True)
class Installation:
    """An App on an account: which repositories, which permissions its owner granted."""

    id: int
    app: App
    account: User
    created_at: datetime
    permissions: dict[str, str]
    repository_ids: set[int] = field(default_factory=set)
    suspended_at: datetime | None = None


@dataclass(slots=True)
class Token:
    """An installation access token, narrowed to repositories and permissions."""

    value: str
    installation: Installation
    expires_at: datetime
    permissions: dict[str, str]
    repository_ids: set[int] | None
    refusals_left: int = 0

    def reaches(self, repository_id: int) -> bool:
        """Tell whether the token may see a repository of its installation."""
        narrowed = self.repository_ids is None or repository_id in self.repository_ids
        return narrowed and repository_id in self.installation.repository_ids

    def allows(self, permission: str, level: str) -> bool:
        """Tell whether the token holds a permission, as granted now."""
        if permission == "metadata":
            return level == "read"
        held = min(
            LEVELS[self.permissions.get(permission, "none")],
            LEVELS[self.installation.permissions.get(permission, "none")],
        )
        return held >= LEVELS[level]
