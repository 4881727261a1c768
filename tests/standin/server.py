"""The stand-in for GitHub that tests talk to, on a loopback port or in process."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.standin import hooks, webhook_payloads
from tests.standin.accounts import App, Installation, Token, User
from tests.standin.application import Application
from tests.standin.delivery import Delivery
from tests.standin.dispatch import Dispatcher
from tests.standin.faults import Faults
from tests.standin.hooks import Hooks, Webhook
from tests.standin.journal import Journal
from tests.standin.limits import Limits
from tests.standin.loopback import serve
from tests.standin.people import People
from tests.standin.records import Analysis, CheckRun, Comment, PullRequest, Review, Thread
from tests.standin.repository import Repository
from tests.standin.state import State
from tests.standin.webhook_payloads import Event, Subject

T = TypeVar("T")


class ContractViolation(AssertionError):
    """Raised at the end of a test that sent requests GitHub's description does not allow."""


class StandIn:
    """A stateful GitHub: one App, real git repositories, faults on order, a log of all requests.

    Use it as a context manager. ``asgi`` is the application for an ASGI transport; ``url`` starts a
    loopback server on first use. Leaving the context fails if a request violated GitHub's description.
    """

    def __init__(self, port: int = 0, directory: Path | None = None) -> None:
        self._temporary = None if directory else tempfile.TemporaryDirectory(prefix="standin-")
        self.directory = directory or Path(self._temporary.name if self._temporary else "")
        self.state = State(self.directory)
        self.app: App = self.state.register_app("skillaudit", "SkillAudit")
        self.dispatcher = Dispatcher(self.state)
        self.asgi = Application(self.dispatcher)
        self.hooks = Hooks(self.state)
        self.asgi.after_answer = self.hooks.send_again
        self.people = People(self.state)
        self._port = port
        self._stop: Callable[[], None] | None = None
        self._url = ""

    @property
    def faults(self) -> Faults:
        """Return the failures in force."""
        return self.asgi.faults

    @property
    def log(self) -> Journal:
        """Return the log of requests."""
        return self.asgi.journal

    @property
    def violations(self) -> list[str]:
        """Return the violations of GitHub's description so far; clear it where one is expected."""
        return self.dispatcher.violations

    @property
    def url(self) -> str:
        """Return the base address of the API, starting the loopback server on first use."""
        if not self._stop:
            self._stop, self._url = serve(self.asgi, self._port)
        return self._url

    def latency(self, low: float, high: float | None = None) -> None:
        """Delay every answer by a time between two bounds, in seconds."""
        self.asgi.latency = (low, low if high is None else high)

    def enforce_limits(self, content_per_minute: int | None = 80, points_per_minute: int | None = 900) -> None:
        """Enforce the secondary limits of each installation from now on; None lifts one."""
        self.dispatcher.limits = Limits(content_per_minute, points_per_minute)

    def create_repository(self, full_name: str, *, path: Path | None = None, installed: bool = True) -> Repository:
        """Create a repository, or adopt the bare one at ``path``, and install the App on it."""
        owner, _, name = full_name.partition("/")
        account = self.state.user(owner, "Organization")
        place = path or self.directory / f"{owner}+{name}.git"
        repository = Repository.create(place, account, name, next(self.state.ids))
        self.state.repositories[full_name.lower()] = repository
        if installed:
            self.install(repository)
        return repository

    def install(self, repository: Repository, app: App | None = None) -> Installation:
        """Install the App on a repository, in the installation of its owner's account."""
        chosen = app or self.app
        for installation in self.state.installations.values():
            if (installation.app, installation.account) == (chosen, repository.owner):
                installation.repository_ids.add(repository.id)
                return installation
        made = Installation(
            id=next(self.state.ids),
            app=chosen,
            account=repository.owner,
            created_at=self.state.now(),
            permissions=dict(chosen.permissions),
            repository_ids={repository.id},
        )
        self.state.installations[made.id] = made
        return made

    def installation(self, repository: Repository) -> Installation:
        """Return the App's installation that reaches a repository, or raise LookupError."""
        found = self.state.installation_for(self.app, repository)
        if found is None:
            raise LookupError(f"the App is not installed on {repository.full_name}")
        return found

    def rename(self, repository: Repository, name: str) -> None:
        """Rename a repository; its old name redirects."""
        old = repository.full_name.lower()
        repository.name = name
        self.state.repositories[repository.full_name.lower()] = self.state.repositories.pop(old)
        self.state.renamed[old] = repository

    def delete(self, repository: Repository) -> None:
        """Delete a repository."""
        del self.state.repositories[repository.full_name.lower()]
        for installation in self.state.installations.values():
            installation.repository_ids.discard(repository.id)

    def uninstall(self, installation: Installation) -> None:
        """Remove an installation; its tokens stop working."""
        del self.state.installations[installation.id]

    def user(self, login: str) -> User:
        """Return the account of a login, made on first use."""
        return self.state.user(login)

    def open_pull(
        self,
        repository: Repository,
        head_branch: str,
        base: str = "main",
        *,
        author: str = "contributor",
        fork: str | None = None,
        draft: bool = False,
        title: str = "Change",
    ) -> PullRequest:
        """Open a pull request; no event is delivered."""
        return repository.open_pull(
            head_branch, base, author=self.state.user(author), fork=fork, draft=draft, title=title
        )

    def wait_for(self, condition: Callable[[], T], timeout: float = 30) -> T:
        """Block until the condition is true and return its value, or raise TimeoutError.

        It is looked at after every request that took effect, never by the clock.
        """
        with self.state.changed:
            value = self.state.changed.wait_for(condition, timeout)
        if not value:
            raise TimeoutError(f"not within {timeout} s; requests so far: {self.log.operations()}")
        return value

    def wait_concluded(self, head_sha: str, name: str = "SkillAudit", timeout: float = 30) -> CheckRun:
        """Block until the newest check run of a commit is concluded and return it."""

        def concluded() -> CheckRun | None:
            runs = self.check_runs(head_sha, name)
            return runs[-1] if runs and runs[-1].conclusion else None

        run = self.wait_for(concluded, timeout)
        if run is None:
            raise TimeoutError(f"{head_sha} has no concluded check run")
        return run

    def wait_redelivered(self, timeout: float = 30) -> None:
        """Block until every redelivery asked for was sent."""
        self.wait_for(lambda: not self.state.redeliveries_under_way, timeout)

    def expire_tokens(self) -> None:
        """Let all tokens minted so far expire."""
        for token in self.state.tokens.values():
            token.expires_at = self.state.now()

    def refuse_fresh_tokens(self, times: int, status: int = 401) -> None:
        """Refuse the first requests with each token minted from now on, as if it had not spread yet."""
        self.state.refusal_status = status
        self.state.refusals_after_minting = times

    def advance(self, by: timedelta) -> None:
        """Move the stand-in's clock."""
        self.state.offset += by

    def tokens(self) -> list[Token]:
        """Return all tokens minted, oldest first."""
        return list(self.state.tokens.values())

    def webhook(
        self,
        event: str,
        action: str | None = None,
        *,
        sender: str = "contributor",
        app: App | None = None,
        **about: Any,
    ) -> Webhook:
        """Build a signed delivery from the state; ``about`` are the members of Subject."""
        subject = Subject(**about)
        chosen = app or self.app
        installation = self._hearing(chosen, subject)
        described = Event(
            self.state, self._url or "https://api.github.com", chosen, installation, action,
            self.state.user(sender), subject,
        )  # fmt: skip
        with self.state.lock:
            payload = webhook_payloads.build(event, described)
        return hooks.new(event, chosen, payload, installation)

    def deliver(self, event: str, action: str | None = None, **about: Any) -> Delivery:
        """Build a delivery and post it to the App's webhook address; arguments as for webhook()."""
        return self.hooks.send(self.webhook(event, action, **about))

    def _hearing(self, app: App, subject: Subject) -> Installation | None:
        if subject.installation is not None:
            return subject.installation
        if subject.repository is not None:
            return self.state.installation_for(app, subject.repository)
        return next((item for item in self.state.installations.values() if item.app is app), None)

    def check_runs(self, head_sha: str, name: str | None = None) -> list[CheckRun]:
        """Return the check runs of a commit, oldest first."""
        return [run for run in self.state.check_runs.values() if run.head_sha == head_sha and name in (None, run.name)]

    def reviews(self, repository: Repository, pull: PullRequest) -> list[Review]:
        """Return the reviews of a pull request, oldest first."""
        return [
            review
            for review in self.state.reviews.values()
            if (review.repository_id, review.number) == (repository.id, pull.number)
        ]

    def comments(self, repository: Repository, pull: PullRequest, *, hidden: bool = False) -> list[Comment]:
        """Return the review comments that a reader sees; with ``hidden`` the deleted and minimised ones too."""
        found = self.state.comments_of(repository, pull.number)
        return [comment for comment in found if hidden or comment.visible]

    def threads(self, repository: Repository, pull: PullRequest) -> list[Thread]:
        """Return the review threads of a pull request, oldest first."""
        return self.state.threads_of(repository, pull.number)

    def analyses(self, repository: Repository) -> list[Analysis]:
        """Return the uploads to a repository's code scanning, oldest first."""
        return [analysis for analysis in self.state.analyses if analysis.repository_id == repository.id]

    def close(self) -> None:
        """Stop the server, release what is held, delete the repositories."""
        self.faults.clear()
        if self._stop:
            self._stop()
            self._stop = None
        self.hooks.close()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self.violations and error is None:
            raise ContractViolation("\n".join(self.violations))
