"""What names, attributes and calls refer to across the files of a tree."""

import pytest

from analyzers.project.resolve import Resolver
from tests.analyzers.programs import given, named, program_of

Files = dict[str, str]

CASES: dict[str, tuple[Files, list[str]]] = {
    "an import from a module beside it": (
        {"a.py": "from b import g\ndef f():\n    probe(g)", "b.py": "def g(): ..."},
        ["function g"],
    ),
    "a relative import": (
        {"p/__init__.py": "", "p/a.py": "from .b import g\ndef f():\n    probe(g)", "p/b.py": "def g(): ..."},
        ["function g"],
    ),
    "a relative import of the folder above": (
        {"p/q/a.py": "from ..b import g\ndef f():\n    probe(g)", "p/b.py": "def g(): ...", "p/q/b.py": "g = 1"},
        ["function g"],
    ),
    "a re-export": (
        {
            "a.py": "from p import g\ndef f():\n    probe(g)",
            "p/__init__.py": "from p.b import g",
            "p/b.py": "def g(): ...",
        },
        ["function g"],
    ),
    "a star import": (
        {"a.py": "from b import *\ndef f():\n    probe(g)", "b.py": "def g(): ..."},
        ["function g"],
    ),
    "a package of its own in a monorepo": (
        {
            "one/src/a.py": "from b import g\ndef f():\n    probe(g)",
            "one/src/b.py": "def g(): ...",
            "two/src/b.py": "def g(): ...\ndef h(): ...",
        },
        ["function g"],
    ),
    "a framework, in a folder of its name": (
        {
            "app/__init__.py": "",
            "app/mcp/__init__.py": "",
            "app/mcp/server.py": "from mcp.server import Server\ndef f():\n    probe(Server)",
        },
        ["external mcp.server.Server"],
    ),
    "what a folder of a framework's name holds of its own": (
        {
            "a.py": "from mcp.tools import g\ndef f():\n    probe(g)",
            "mcp/__init__.py": "",
            "mcp/tools.py": "def g(): ...",
        },
        ["function g"],
    ),
    "the framework itself": (
        {
            "src/mcp/server/__init__.py": "from mcp.server.low import Server",
            "src/mcp/server/low.py": "class Server: ...",
            "src/mcp/run.py": "from mcp.server import Server\ndef f():\n    probe(Server)",
        },
        ["class Server"],
    ),
    "what a context manager gives that is not itself": (
        {
            "a.py": "import sqlite3\nclass Open:\n    def __init__(self):\n        self.c = None\n"
            "    def __enter__(self):\n        self.c = sqlite3.connect('a.db')\n        return self.c\n"
            "def f():\n    with Open() as connection:\n        probe(connection.execute)",
        },
        ["external sqlite3.connect().execute"],
    ),
    "a context manager that gives itself": (
        {
            "a.py": "class Open:\n    def __enter__(self):\n        return self\n    def m(self): ...\n"
            "class Inner(Open):\n    def m(self): ...\n"
            "def f():\n    with Inner() as opened:\n        probe(opened.m)",
        },
        ["bound Inner.m"],
    ),
    "a field of an object that its class made": (
        {
            "a.py": "import httpx\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    c: object\n"
            "    @classmethod\n    def make(cls):\n        return cls(c=httpx.Client())\n"
            "def f():\n    probe(A.make().c.get)",
        },
        ["external httpx.Client().get"],
    ),
    "something outside of the tree": (
        {"a.py": "import httpx\ndef f():\n    probe(httpx.AsyncClient().get)"},
        ["external httpx.AsyncClient().get"],
    ),
    "an alias": ({"a.py": "import httpx as h\ndef f():\n    probe(h.get)"}, ["external httpx.get"]),
    "an inherited method": (
        {"a.py": "class A:\n    def m(self): ...\nclass B(A): ...\ndef f():\n    probe(B().m)"},
        ["bound A.m"],
    ),
    "the nearest method": (
        {"a.py": "class A:\n    def m(self): ...\nclass B(A):\n    def m(self): ...\ndef f():\n    probe(B().m)"},
        ["bound B.m"],
    ),
    "an attribute set in a constructor": (
        {
            "a.py": "import httpx\nclass A:\n    def __init__(self):\n        self.c = httpx.Client()\n"
            "def f():\n    probe(A().c.get)"
        },
        ["external httpx.Client().get"],
    ),
    "an annotated attribute": (
        {"a.py": "import httpx\nclass A:\n    c: httpx.Client\ndef f():\n    probe(A().c)"},
        ["external httpx.Client()"],
    ),
    "a partial": (
        {"a.py": "import functools\ndef g(): ...\ndef f():\n    probe(functools.partial(g, 1))"},
        ["function g"],
    ),
    "an entry of a table": (
        {"a.py": "def g(): ...\ndef h(): ...\nT = {'g': g, 'h': h}\ndef f():\n    probe(T['h'])"},
        ["function h"],
    ),
    "any entry of a table": (
        {"a.py": "def g(): ...\ndef h(): ...\nT = {'g': g, 'h': h}\ndef f(k):\n    probe(T.get(k))"},
        ["function g", "function h"],
    ),
    "the values of a table": (
        {"a.py": "def g(): ...\nT = {'g': g}\ndef f():\n    for name, h in T.items():\n        probe(h)"},
        ["function g"],
    ),
    "a class method": (
        {"a.py": "class A:\n    @classmethod\n    def m(cls): ...\ndef f():\n    probe(A.m)"},
        ["bound A.m"],
    ),
    "a static method": (
        {"a.py": "class A:\n    @staticmethod\n    def m(): ...\ndef f():\n    probe(A().m)"},
        ["function A.m"],
    ),
    "a property": (
        {
            "a.py": "import httpx\nclass A:\n    @property\n    def c(self):\n        return httpx.Client()\n"
            "def f():\n    probe(A().c)"
        },
        ["external httpx.Client()"],
    ),
    "either side of a choice": (
        {"a.py": "def g(): ...\ndef h(): ...\ndef f(x):\n    probe(g if x else h)"},
        ["function g", "function h"],
    ),
    "what goes through a function, of this call alone": (
        {
            "a.py": "import httpx, redis\ndef prepared(client):\n    client.trust_env = False\n    return client\n"
            "def other():\n    return prepared(redis.Redis())\ndef f():\n    probe(prepared(httpx.Client()))"
        },
        ["external httpx.Client()"],
    ),
    "what goes through a function or is replaced": (
        {
            "a.py": "def g(): ...\ndef h(): ...\ndef either(given, new):\n    if new:\n        return h\n"
            "    return given\ndef f():\n    probe(either(g, True))"
        },
        ["function h", "function g"],
    ),
    "a component of a named tuple": (
        {
            "a.py": "import httpx\nfrom typing import NamedTuple\nclass Pair(NamedTuple):\n    name: str\n"
            "    client: httpx.Client\ndef pair():\n    return Pair(name='a', client=httpx.Client())\n"
            "def f():\n    name, client = pair()\n    probe(client.get)"
        },
        ["external httpx.Client().get"],
    ),
    "what may be anything": (
        {"a.py": "from typing_extensions import Any\ndef f(x: Any):\n    probe(x)"},
        [],
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_a_value_refers_to(files: Files, expected: list[str]) -> None:
    program = program_of(files)
    function = named(program, "f")
    found = [
        f"{target.kind} {target.function.facts.qualname if target.function else target.name}"
        for target in Resolver(program).resolve(function, given(function)[0])
    ]

    assert found == expected


def test_a_module_of_the_own_package_comes_before_one_of_another() -> None:
    program = program_of({"one/a.py": "import b", "one/b.py": "", "two/b.py": ""})
    found = program.module("b", program.files["one/a.py"])

    assert found is program.files["one/b.py"]
