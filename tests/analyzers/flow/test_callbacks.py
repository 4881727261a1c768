"""What is done by functions that another function is given is done where they are given, by nobody else."""

import pytest

from analyzers.flow.labels import parameter_label
from tests.analyzers.programs import flow_of, named

CLIENT = """
import asyncio
import functools
import requests

class Client:
    def search(self, word):
        return requests.get("https://api.example.com/search", params={"q": word})

    def fetch(self, url):
        return requests.post(url)

    def remove(self, id):
        requests.delete("https://api.example.com/items", params={"id": id})

client = Client()

def search(word):
    return run(client.search, word)

def fetch(url):
    return run(client.fetch, url=url)

def remove(id):
    def work():
        client.remove(id)
    return run(work)
"""

RUNNERS = {
    "called": "def run(fn, *args, **kwargs):\n    return fn(*args, **kwargs)\n",
    "thread": "async def run(fn, *args, **kwargs):\n    return await asyncio.to_thread(fn, *args, **kwargs)\n",
    "partial": (
        "async def run(fn, *args, **kwargs):\n    loop = asyncio.get_running_loop()\n"
        "    return await loop.run_in_executor(None, functools.partial(fn, *args, **kwargs))\n"
    ),
    "lambda": (
        "async def run(fn, *args, **kwargs):\n    loop = asyncio.get_running_loop()\n"
        "    return await loop.run_in_executor(None, lambda: fn(*args, **kwargs))\n"
    ),
    "inner": (
        "async def run(fn, *args, **kwargs):\n    def call():\n        return fn(*args, **kwargs)\n"
        "    return await asyncio.to_thread(call)\n"
    ),
    "retried": (
        "async def run(fn, *args, **kwargs):\n    return await again(fn, 3, *args, **kwargs)\n\n"
        "async def again(fn, times, *args, **kwargs):\n    return await asyncio.to_thread(fn, *args, **kwargs)\n"
    ),
}


@pytest.mark.parametrize("runner", RUNNERS.values(), ids=RUNNERS)
def test_each_does_what_it_hands_over(runner: str) -> None:
    flow = flow_of(CLIENT + runner)
    kinds = {
        name: {effect.kind for effect in flow.summary(named(flow.program, name)).effects}
        for name in ("search", "fetch", "remove")
    }

    assert kinds == {"search": {"read-public"}, "fetch": {"write"}, "remove": {"destroy"}}


@pytest.mark.parametrize("runner", RUNNERS.values(), ids=RUNNERS)
def test_an_argument_arrives_where_it_is_used(runner: str) -> None:
    flow = flow_of(CLIENT + runner)
    fetch = named(flow.program, "fetch")
    (effect,) = flow.summary(fetch).effects

    assert {label for piece in effect.url for label in piece.labels} == {parameter_label(fetch, 0)}


def test_a_method_from_outside_does_what_it_is_called_for() -> None:
    flow = flow_of(
        "import requests\n\ndef run(fn, *args):\n    return fn(*args)\n\ndef go(url):\n    run(requests.delete, url)\n"
    )
    (effect,) = flow.summary(named(flow.program, "go")).effects

    assert effect.kind == "destroy"


def test_a_function_that_is_given_itself_comes_to_an_end() -> None:
    flow = flow_of("def twice(fn, x):\n    fn(fn, x)\n\ndef go(x):\n    twice(twice, x)\n")

    assert flow.summary(named(flow.program, "go")).effects == ()
