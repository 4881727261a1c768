"""Fixtures of the stand-in's own tests: a repository with one pull request and a client with a token."""

from collections.abc import Iterator

import httpx
import pytest

from tests.standin.client import HEADERS, Api
from tests.standin.plugin import standin
from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

__all__ = ["standin"]
BASE = {"server.py": "".join(f"line {n}\n" for n in range(1, 41)), "gone.py": "gone\n", "old.py": "same\n" * 9}


@pytest.fixture
def repository(standin: StandIn) -> Repository:
    made = standin.create_repository("acme/server")
    made.commit(BASE)
    return made


@pytest.fixture
def pull(standin: StandIn, repository: Repository) -> PullRequest:
    changed = BASE["server.py"].replace("line 10\n", "line ten\n").replace("line 30\n", "line 30\nline 30 and a half\n")
    repository.commit({"server.py": changed, "new.py": "one\ntwo\n", "gone.py": None}, "feature")
    return standin.open_pull(repository, "feature")


@pytest.fixture
def api(standin: StandIn, repository: Repository) -> Iterator[Api]:
    with httpx.Client(base_url=standin.url, timeout=30, verify=False) as client:
        yield Api(client, standin, repository, HEADERS).with_token()
