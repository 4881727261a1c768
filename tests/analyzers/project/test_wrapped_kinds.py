"""Wrappers that hand on what they do not have themselves, and may wrap their own kind."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import requests
from fastmcp import FastMCP

mcp = FastMCP("model")

class Model:
    def drop(self, name):
        requests.delete("https://models.example.com/" + name)

class Metered:
    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        return getattr(self._model, name)

class Holder:
    def __init__(self):
        self.model = Model()

    def meter(self):
        self.model = Metered(self.model)
        return self.model

holder = Holder()

@mcp.tool
def drop_model(name: str) -> str:
    holder.meter().drop(name)
    return holder.meter().nothing(name)

mcp.run()
"""


def test_a_wrapper_of_its_own_kind_has_what_the_wrapped_one_has(scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({"server.py": SERVER})

    assert [(row.name, row.capabilities[0]) for row in report.tools] == [("drop_model", "destroy")]
