"""No token, no secret and no line of source reaches the logs, the database or what is shown, whatever happens."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import databases, shop
from tests.app.cluster import program
from tests.app.served import Served
from tests.standin.faults import Fault, Kind
from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
# In no form that a rule might show: only where it stands and how it ends may be told.
SECRET = "ghp_" + "Zq7Lw2Xk9Vb4Nc6Mj8Ht1Rf3Gd5Sp0Ya4Eu"
LEAKY = shop.UNGUARDED | {"settings.py": f'API_TOKEN = "{SECRET}"\n'}


@pytest.fixture
def repository(standin: StandIn) -> Repository:
    made = standin.create_repository("shop/server")
    made.commit(shop.BASE)
    return made


@pytest.fixture
def served(standin: StandIn, tmp_path: Path) -> Iterator[Served]:
    with Served(standin, tmp_path) as server:
        server.start()
        server.wait_for("App known to GitHub")
        yield server


def opened(standin: StandIn, repository: Repository) -> PullRequest:
    repository.commit(LEAKY, "feature")
    return standin.open_pull(repository, "feature")


def stored(directory: Path) -> bytes:
    """Return everything that is in the database."""
    if databases.is_postgres(directory):
        command = [program("pg_dump"), "--inserts", databases.configured(directory)]
        return subprocess.run(command, check=True, capture_output=True).stdout
    return b"".join(path.read_bytes() for path in (directory / "data").iterdir() if path.name != "skillaudit.db.lock")


def shown(standin: StandIn) -> bytes:
    """Return everything that was sent to GitHub but the tokens that authorize it."""
    return "\n".join(str(entry.body) for entry in standin.log.entries).encode()


def secrets(standin: StandIn) -> list[bytes]:
    keys = [line for line in standin.app.private_key_pem.splitlines() if "-----" not in line]
    tokens = [token.value for token in standin.tokens()]
    return [text.encode() for text in (*tokens, *keys, standin.app.webhook_secret, SECRET, "PRIVATE KEY")]


def lines() -> list[bytes]:
    """Return the lines of the repository's code that no other text would hold."""
    return [line.strip().encode() for text in LEAKY.values() for line in text.splitlines() if len(line.strip()) > 24]


def assert_secret(standin: StandIn, served: Served, directory: Path) -> None:
    kept = stored(directory) + "\n".join(served.output).encode()
    found = [secret[:12] for secret in secrets(standin) if secret in kept + shown(standin)]
    # A fact about a file may be the address that it calls, never a line of it.
    source = [line for line in lines() if line in kept]

    assert (found, source) == ([], [])


def test_a_review_keeps_secrets_and_source_to_itself(
    standin: StandIn, served: Served, repository: Repository, tmp_path: Path
) -> None:
    pull = opened(standin, repository)
    check = served.review("opened", repository, pull)

    assert check.conclusion == "failure"
    assert_secret(standin, served, tmp_path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/git/trees", Kind.HTML),
        ("/access_tokens", Kind.TRUNCATED),
        ("/reviews$", Kind.BAD_GATEWAY),
        ("/files", Kind.RESET),
    ],
)
def test_a_review_that_fails_keeps_them_too(
    standin: StandIn, served: Served, repository: Repository, tmp_path: Path, path: str, kind: Kind
) -> None:
    pull = opened(standin, repository)
    standin.faults.add(Fault("*", path, kind, times=4))
    served.deliver("pull_request", "opened", repository=repository, pull=pull)
    served.wait_for("review ended")

    assert_secret(standin, served, tmp_path)


def test_both_secrets_can_be_changed_while_events_come(
    standin: StandIn, served: Served, repository: Repository, tmp_path: Path
) -> None:
    pull = opened(standin, repository)
    old_secret, old_key = standin.app.webhook_secret, standin.app.private_key_pem
    standin.state.add_key(standin.app)
    served.stop()
    served.start(
        GITHUB_WEBHOOK_SECRET="a new secret",
        SKILLAUDIT_PREVIOUS_WEBHOOK_SECRET=old_secret,
        GITHUB_APP_PRIVATE_KEY=standin.app.private_key_pem,
    )
    served.wait_for("App known to GitHub")
    served.review("opened", repository, pull)

    standin.app.webhook_secret = "a new secret"
    standin.app.older_keys.clear()
    repository.commit({"notes.txt": "x"}, "feature")
    check = served.review("synchronize", repository, pull)

    assert standin.app.private_key_pem != old_key
    assert check.conclusion == "failure"
    assert len(standin.reviews(repository, pull)) == 1
