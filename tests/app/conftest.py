"""A database of its own for each test; what stores anything is tested on SQLite and on Postgres."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import Store
from tests.app import databases
from tests.app.cluster import Cluster

STORING = {"empty_store", "standin"}
SQLITE, POSTGRES = "sqlite", "postgres"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = set(metafunc.fixturenames)
    if STORING & names and "sqlite_only" not in names:
        metafunc.parametrize("database", [SQLITE, POSTGRES], indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[None]:
    if getattr(request, "param", SQLITE) == SQLITE:
        yield
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    directory: Path = request.getfixturevalue("tmp_path")
    address = cluster.create()
    databases.assign(directory, address)
    yield
    databases.forget(directory)
    cluster.drop(address)


@pytest.fixture
def sqlite_only() -> None:
    """Say that a test is about what only SQLite does."""


@pytest.fixture
def postgres_only(sqlite_only: None, cluster: Cluster, tmp_path: Path) -> Iterator[None]:
    """Say that a test is about what only Postgres allows."""
    address = cluster.create()
    databases.assign(tmp_path, address)
    yield
    databases.forget(tmp_path)
    cluster.drop(address)


@pytest.fixture
def empty_store(database: None, tmp_path: Path) -> Iterator[Store]:
    """Give a database without tables."""
    made = Store(databases.configured(tmp_path) or f"sqlite:///{tmp_path / 'test.db'}")
    yield made
    made.close()


@pytest.fixture
def store(empty_store: Store) -> Store:
    empty_store.migrate()
    return empty_store
