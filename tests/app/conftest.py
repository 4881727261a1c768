"""A database of its own for each test; what is about storing is tested on SQLite and on Postgres."""

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import Store
from tests.app import databases
from tests.app.cluster import Cluster

STORING = {"empty_store", "standin"}
SQLITE, POSTGRES = "sqlite", "postgres"
# What these are about happens at GitHub, whatever it is stored in: half of their tests run on each database.
AT_GITHUB = {
    *("test_code_scanning", "test_default_branch", "test_faults", "test_lifecycle", "test_meanwhile", "test_orders"),
    "test_shared_heads",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = set(metafunc.fixturenames)
    if STORING & names and "sqlite_only" not in names:
        both = [SQLITE, POSTGRES]
        half = zlib.crc32(metafunc.function.__name__.encode()) % 2
        chosen = [both[half]] if Path(metafunc.module.__file__).stem in AT_GITHUB else both
        metafunc.parametrize("database", chosen, indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[None]:
    if getattr(request, "param", SQLITE) == SQLITE:
        yield
        return
    names = request.fixturenames
    has_tables = "empty_store" not in names or "store" in names
    with on_postgres(request.getfixturevalue("cluster"), request.getfixturevalue("tmp_path"), has_tables=has_tables):
        yield


@pytest.fixture
def sqlite_only() -> None:
    """Say that a test is about what only SQLite does."""


@pytest.fixture
def postgres_only(sqlite_only: None, cluster: Cluster, tmp_path: Path) -> Iterator[None]:
    """Say that a test is about what only Postgres allows."""
    with on_postgres(cluster, tmp_path, has_tables=True):
        yield


@contextlib.contextmanager
def on_postgres(cluster: Cluster, directory: Path, *, has_tables: bool) -> Iterator[None]:
    """Let the test with this directory work on Postgres; what it stores is gone afterwards."""
    address = cluster.borrow() if has_tables else cluster.create()
    databases.assign(directory, address)
    yield
    databases.forget(directory)
    if has_tables:
        cluster.give_back(address)
    else:
        cluster.drop(address)


@pytest.fixture
def empty_store(database: None, tmp_path: Path) -> Iterator[Store]:
    """Give a database without tables."""
    made = Store(databases.configured(tmp_path) or f"sqlite:///{tmp_path / 'test.db'}")
    yield made
    made.close()


@pytest.fixture
def store(empty_store: Store) -> Store:
    """Give a database with tables; one of Postgres has them."""
    if empty_store.is_sqlite and empty_store.url.database:
        databases.lay(Path(empty_store.url.database))
    return empty_store
