"""Trees of commits are kept in memory, as far as that goes."""

import asyncio

from app.changesets import TreeCache
from github.client import Client
from github.installations import READ, App
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]


def test_large_trees_push_out_those_that_were_read_the_longest_time_ago(standin: StandIn, sqlite_only: None) -> None:
    there = standin.create_repository("shop/server")
    first, second = (there.commit({f"{name}.py": name, "shared.py": ""}, name) for name in ("one", "two"))
    installation = standin.installation(there)

    async def read(*commits: str) -> None:
        async with Client(standin.url) as client:
            app = App(client, str(standin.app.id), standin.app.private_key_pem)
            repository = app.repository(installation.id, there.id, there.full_name, READ)
            trees = TreeCache(max_entries=3)
            for commit in commits:
                assert (await trees.read(repository, commit)).entries

    asyncio.run(read(first, first, second, second, first))

    assert standin.log.operations().count("git/get-tree") == 3
