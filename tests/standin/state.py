"""Everything the stand-in remembers, behind one lock."""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Condition, RLock

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.standin.accounts import App, Installation, Token, User
from tests.standin.delivery import Delivery
from tests.standin.records import Analysis, CheckRun, Comment, Review, Thread
from tests.standin.repository import Repository

TOKEN_LIFETIME = timedelta(hours=1)


class _SigningKeys(dict[int, rsa.RSAPrivateKey]):
    """The RSA keys of this process by number: making one is slow, so the Apps of several stand-ins share them."""

    def __missing__(self, number: int) -> rsa.RSAPrivateKey:
        return self.setdefault(number, rsa.generate_private_key(public_exponent=65537, key_size=2048))


SIGNING_KEYS = _SigningKeys()


@dataclass
class State:
    """The accounts, repositories and everything written to them."""

    root: Path
    lock: RLock = field(default_factory=RLock)
    offset: timedelta = timedelta()
    users: dict[str, User] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    renamed: dict[str, Repository] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    analyses: list[Analysis] = field(default_factory=list)
    # Why the processing of uploads to code scanning fails from now on.
    scanning_errors: list[str] = field(default_factory=list)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    archives: dict[str, bytes] = field(default_factory=dict)
    redeliveries: list[Delivery] = field(default_factory=list)
    redeliveries_under_way: int = 0
    download_links: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    refusals_after_minting: int = 0
    refusal_status: int = 401
    classic_tokens: bool = False
    tree_limit: int = 100_000
    files_limit: int = 3_000
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def __post_init__(self) -> None:
        self.changed = Condition(self.lock)

    def now(self) -> datetime:
        """Return the stand-in's time: the machine's, moved by what the test asked for, in whole seconds."""
        return (datetime.now(UTC) + self.offset).replace(microsecond=0)

    def user(self, login: str, kind: str = "User") -> User:
        """Return the account of a login, made on first use."""
        if login not in self.users:
            self.users[login] = User(next(self.ids), login, kind)
        return self.users[login]

    def register_app(self, slug: str, name: str) -> App:
        """Register a GitHub App with a fresh id, key and webhook secret."""
        app_id = next(self.ids)
        app = App(
            id=app_id,
            slug=slug,
            name=name,
            owner=self.user("octo-org", "Organization"),
            bot=self.user(f"{slug}[bot]", "Bot"),
            private_key=SIGNING_KEYS[len(self.apps)],
            webhook_secret=secrets.token_hex(16),
            client_id=f"Iv23{app_id:016d}",
        )
        self.apps[app.id] = app
        return app

    def add_key(self, app: App) -> None:
        """Give an App a second private key; the one before stays good."""
        app.older_keys.append(app.private_key)
        app.private_key = SIGNING_KEYS[100 + len(app.older_keys)]

    def repository_by_id(self, repository_id: int) -> Repository:
        """Return a repository by id, or raise LookupError."""
        for repository in self.repositories.values():
            if repository.id == repository_id:
                return repository
        raise LookupError(f"no repository {repository_id}")

    def installation_for(self, app: App, repository: Repository) -> Installation | None:
        """Return the App's installation that reaches a repository."""
        for installation in self.installations.values():
            if installation.app is app and repository.id in installation.repository_ids:
                return installation
        return None

    def mint(self, installation: Installation, permissions: dict[str, str], repositories: set[int] | None) -> Token:
        """Mint an installation token that lives an hour."""
        classic = "ghs_" + secrets.token_hex(18)
        stateless = f"ghs_{installation.app.id}_{'.'.join(secrets.token_urlsafe(60) for _ in range(3))}"
        token = Token(
            value=classic if self.classic_tokens else stateless,
            installation=installation,
            expires_at=self.now() + TOKEN_LIFETIME,
            permissions=permissions,
            repository_ids=repositories,
            refusals_left=self.refusals_after_minting,
        )
        self.tokens[token.value] = token
        return token

    def comments_of(self, repository: Repository, number: int) -> list[Comment]:
        """Return all comments ever posted on a pull request that are not part of a pending review, oldest first."""
        return [
            comment
            for comment in self.comments.values()
            if comment.repository_id == repository.id and comment.number == number and not self.is_pending(comment)
        ]

    def is_pending(self, comment: Comment) -> bool:
        """Tell whether a comment belongs to a review not submitted yet."""
        return comment.review_id is not None and self.reviews[comment.review_id].state == "PENDING"

    def threads_of(self, repository: Repository, number: int) -> list[Thread]:
        """Return the threads of a pull request that still have a comment, oldest first."""
        return [
            thread
            for thread in self.threads.values()
            if (thread.repository_id, thread.number) == (repository.id, number) and self.comments_in(thread)
        ]

    def comments_in(self, thread: Thread) -> list[Comment]:
        """Return the comments of a thread that are not deleted, oldest first."""
        return [
            comment
            for comment in self.comments.values()
            if thread.root_id in (comment.id, comment.in_reply_to)
            and not comment.deleted
            and not self.is_pending(comment)
        ]

    def thread_of(self, comment: Comment) -> Thread:
        """Return the thread that a comment belongs to."""
        root = comment.in_reply_to or comment.id
        return next(thread for thread in self.threads.values() if thread.root_id == root)
