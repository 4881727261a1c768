"""A copy made while the server runs is enough to go on after the loss of the database."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.backup import BackupFailed, back_up
from app.settings import Settings
from tests.app import databases, shop
from tests.app.cluster import Cluster, program
from tests.app.served import ROOT, Served
from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]


def opened(standin: StandIn, repository: Repository, branch: str, name: str) -> PullRequest:
    repository.commit(shop.with_tools(shop.tool(name)), branch)
    return standin.open_pull(repository, branch)


def said(standin: StandIn, served: Served, repository: Repository, pull: PullRequest, text: str) -> None:
    comment = standin.people.comment(repository, pull, "maintainer", text)
    served.deliver("issue_comment", "created", repository=repository, pull=pull, comment=comment, sender="maintainer")


def back_up_here(directory: Path) -> Path:
    """Back up the database of the server that runs here, as the documentation says."""
    if databases.is_postgres(directory):
        dump = directory / "skillaudit.dump"
        address = databases.configured(directory)
        subprocess.run([program("pg_dump"), "--format=custom", f"--file={dump}", address], check=True)
        return dump
    copy = directory / "copy.db"
    environment = {"SKILLAUDIT_DATA_DIR": str(directory / "data"), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-m", "app", "backup", str(copy)], cwd=ROOT, env=environment, check=True)
    return copy


def lose(directory: Path, request: pytest.FixtureRequest) -> None:
    """Lose the database; on Postgres an empty one stands in its place."""
    if databases.is_postgres(directory):
        cluster: Cluster = request.getfixturevalue("cluster")
        # The one before is dropped at the end of the test.
        databases.assign(directory, cluster.create())
        return
    for file in (directory / "data").glob("skillaudit.db*"):
        file.unlink()


def restore(directory: Path, copy: Path) -> None:
    """Put the copy in place."""
    if databases.is_postgres(directory):
        address = databases.configured(directory)
        subprocess.run([program("pg_restore"), f"--dbname={address}", "--clean", "--if-exists", str(copy)], check=True)
        return
    shutil.copy(copy, directory / "data" / "skillaudit.db")


def test_after_the_loss_of_the_database_nothing_is_said_twice_and_decisions_hold(
    standin: StandIn, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    repository.collaborators["maintainer"] = "write"
    first, second = opened(standin, repository, "one", "delete_one"), opened(standin, repository, "two", "delete_two")

    with Served(standin, tmp_path) as served:
        served.start()
        served.wait_for("App known to GitHub")
        served.review("opened", repository, first)
        fingerprint = standin.comments(repository, first)[0].body.partition("fp=")[2][:8]
        said(standin, served, repository, first, f"/skillaudit accept {fingerprint} the gateway decides")
        served.wait_for("review ended", conclusion="success")
        copy = back_up_here(tmp_path)
        # What comes after the copy is lost with the database.
        served.review("opened", repository, second)
        served.kill()
        lose(tmp_path, request)
        restore(tmp_path, copy)
        served.start()
        served.wait_for("App known to GitHub")
        repository.commit({"notes.txt": "x"}, "one")
        repository.commit({"notes.txt": "x"}, "two")
        accepted = served.review("synchronize", repository, first)
        other = served.review("synchronize", repository, second)

    assert accepted.conclusion == "success"
    assert "the gateway decides" in (accepted.text or "")
    assert other.conclusion == "failure"
    assert [len(standin.reviews(repository, pull)) for pull in (first, second)] == [1, 1]
    assert [len(standin.comments(repository, pull)) for pull in (first, second)] == [1, 1]


def test_without_any_copy_comments_are_known_again_even_where_their_file_was_renamed(
    standin: StandIn, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    pull = opened(standin, repository, "one", "delete_one")

    with Served(standin, tmp_path) as served:
        served.start()
        served.wait_for("App known to GitHub")
        served.review("opened", repository, pull)
        served.kill()
        lose(tmp_path, request)
        served.start()
        served.wait_for("App known to GitHub")
        renamed = shop.with_tools(shop.tool("delete_one"))["server.py"]
        repository.commit({"server.py": None, "api.py": renamed}, "one")
        check = served.review("synchronize", repository, pull)

    assert check.conclusion == "failure"
    assert len(standin.reviews(repository, pull)) == 1
    (comment,) = standin.comments(repository, pull)
    assert "api.py" in comment.body
    assert not comment.body.startswith("~~")


def settings(directory: Path, url: str = "") -> Settings:
    return Settings(skillaudit_data_dir=directory, DATABASE_URL=url)


def test_without_a_database_there_is_no_copy(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="does not exist"):
        back_up(settings(tmp_path), tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_leaves_the_copy_before_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "skillaudit.db").write_bytes(b"SQLite format 3\0" + b"x" * 8_000)
    (tmp_path / "copy.db").write_bytes(b"before")

    with pytest.raises(BackupFailed):
        back_up(settings(tmp_path), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"before"


def test_a_database_server_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="pg_dump"):
        back_up(settings(tmp_path, "postgresql://u:very-secret@h/n"), tmp_path / "copy.db")
