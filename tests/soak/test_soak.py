"""A few schedules of each kind; `make soak` plays hundreds."""

from collections.abc import Iterator

import pytest

from tests.app.cluster import Cluster
from tests.soak.play import play
from tests.soak.schedules import draw


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


@pytest.mark.parametrize("seed", [4])
def test_a_schedule_on_sqlite_keeps_every_promise(seed: int) -> None:
    assert play(draw(seed), None).problems == []


@pytest.mark.parametrize("seed", [60])
def test_a_schedule_on_postgres_keeps_every_promise(seed: int, cluster: Cluster) -> None:
    assert play(draw(seed), cluster).problems == []


def test_a_seed_always_draws_the_same_schedule() -> None:
    assert draw(7) == draw(7)
    assert draw(7) != draw(8)
