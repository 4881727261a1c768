"""A field of an object and an entry of a table have labels of their own, not those of all that is kept beside them."""

import pytest

from analyzers.flow.summaries import Flow
from tests.analyzers.programs import given, named, program_of

HEAD = """
import os
from copy import copy
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple
from pydantic import BaseModel, model_validator

URL = os.environ["URL"]

@dataclass
class Config:
    url: str = ""
    user: str = ""

@dataclass
class Derived:
    base: str
    url: str = ""

    def __post_init__(self):
        self.url = self.base + "/api"

class Model(BaseModel):
    url: str
    user: str = ""

class Mixed(BaseModel):
    url: str
    user: str = ""

    @model_validator(mode="before")
    def swap(cls, values):
        return {"url": values["user"], "user": values["url"]}

class Pair(NamedTuple):
    url: str
    user: str

class Own:
    def __init__(self, url, user=None):
        self.url = url
        self.user = user

    @property
    def both(self):
        return self.url + self.user

class Client:
    def __init__(self, config: Config):
        self.config = config

    def address(self):
        return self.config.url

SERVER = Config(URL)

def make(user):
    return Config(URL, user)

def url_of(config: Config):
    return config.url

def taken(**options):
    return options["url"]

def got(**options):
    return options.get("url")

def handed_on(**options):
    return chosen(**options)

def chosen(url, user=""):
    return url
"""
OF_SERVER = (
    *("Config(URL, x).url", "Config(url=URL, user=x).url", "Model(url=URL, user=x).url", "Pair(URL, x).url"),
    *("Own(URL, x).url", "make(x).url", "copy(make(x)).url", "url_of(make(x))", "url_of(SERVER)"),
    *("replace(SERVER, user=x).url", "url_of(replace(SERVER, user=x))", "asdict(make(x))['url']"),
    *('Model(url=URL).model_copy(update={"user": x}).url', "Pair(URL, '')._replace(user=x).url"),
    *('{"url": URL, "user": x}["url"]', '{**{"url": URL}, "user": x}.get("url")', 'dict(url=URL, user=x)["url"]'),
    *('({"user": x} | {"url": URL})["url"]', '{"url": x, **{"url": URL}, "url": URL}["url"]'),
    *("taken(url=URL, user=x)", 'taken(**{"url": URL, "user": x})', "got(url=URL, user=x)"),
    *("handed_on(url=URL, user=x)", 'chosen(**{"url": URL, "user": x})', "Client(Config(URL, x)).address()"),
)
OF_CALLER = (
    *("Config(URL, x).user", "Config(url=x).url", "Model(url=x).url", "Own(x).url", "Own(URL, x).both"),
    *("url_of(Config(x))", "url_of(replace(SERVER, url=x))", "Mixed(url=URL, user=x).url", "Derived(x).url"),
    *("taken(**x)", "taken(url=x, user=URL)", "chosen(**x)", "handed_on(**x)", '{"url": URL, **x}["url"]'),
    *('{x: x, "user": URL}["url"]', "handed_on(user=URL, url=x)", 'dict(x, user=URL)["url"]'),
)


def is_chosen_by_caller(body: str) -> bool:
    """Tell whether what a tool with this body probes is something that its caller passed."""
    flow = Flow(program_of({"server.py": f"{HEAD}\ndef tool(x):\n    {body}\n"}))
    tool = named(flow.program, "tool")
    return any("\x1f" in label for label in flow.labeler.labels(tool, given(tool)[0]))


@pytest.mark.parametrize("value", OF_SERVER)
def test_what_a_caller_passes_for_another_field_is_not_in_this_one(value: str) -> None:
    assert not is_chosen_by_caller(f"probe({value})")


@pytest.mark.parametrize("value", OF_CALLER)
def test_what_a_caller_passes_for_a_field_is_in_it(value: str) -> None:
    assert is_chosen_by_caller(f"probe({value})")


@pytest.mark.parametrize(
    ("body", "chosen"),
    [
        ('d = {}; d["url"] = URL; d["user"] = x; probe(d["url"])', False),
        ('d = {}; d["url"] = x; d["user"] = URL; probe(d["url"])', True),
        ('d = {"url": URL}; d.update({"user": x}); probe(d["url"])', False),
        ('d = {"url": URL}; d.update(x); probe(d["url"])', True),
        ('d = {"url": URL}; d[x] = x; probe(d["url"])', True),
        ("c = Config(URL); c.user = x; probe(c.url)", False),
        ("c = Config(URL); c.url = x; probe(c.url)", True),
        ("c = replace(SERVER, user=x) if x else SERVER; probe(c.url)", False),
        ("c = replace(SERVER, url=x) if x else SERVER; probe(c.url)", True),
        ("c = SERVER\n    for part in x:\n        c = replace(c, user=part)\n    probe(c.url)", False),
        ("c = SERVER\n    for part in x:\n        c = replace(c, url=part)\n    probe(c.url)", True),
    ],
)
def test_what_is_stored_later_counts_for_its_own_field(body: str, chosen: bool) -> None:
    assert is_chosen_by_caller(body.replace("; ", "\n    ")) is chosen


def test_what_an_authentication_leaves_in_the_scope_is_no_header() -> None:
    flow = Flow(
        program_of(
            {
                "server.py": """
                    from fastmcp.server.dependencies import get_http_request

                    def read():
                        request = get_http_request()
                        probe(request.scope.get("user"), request.scope["auth"], request.headers.get("user"))
                    """
            }
        )
    )
    read = named(flow.program, "read")

    assert [flow.labeler.labels(read, value) for value in given(read)] == [
        {"id"},
        {"id", "claim:auth"},
        {"header:user"},
    ]
