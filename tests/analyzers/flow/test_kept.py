"""What holds of addresses that were collected after a check, and of those that a setting or an error lets through."""

import pytest

from analyzers.authority.egress import BOUND, BROKEN, OPEN, exposures
from analyzers.engine import judge
from tests.analyzers.programs import facts_of

PREAMBLE = """
import ipaddress
import os
import requests
import socket
from urllib.parse import urlsplit
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("pages")
HOSTS = {"a.example.org", "b.example.org"}
LISTED = [h for h in os.environ.get("LISTED_HOSTS", "a.example.org").split(",") if h]
LATER = [h for h in os.environ.get("LATER_HOSTS", "").split(",") if h]

class Origin:
    def __init__(self, host):
        self.host = host
    def matches(self, host):
        return self.host == host

ORIGINS = [Origin(host) for host in HOSTS]

def is_allowed(url):
    return urlsplit(url).hostname in HOSTS

def is_one_of(url):
    for origin in ORIGINS:
        if origin.matches(urlsplit(url).hostname):
            return True
    return False

def sifted(urls):
    found = []
    for url in urls:
        if is_allowed(url):
            found.append(url)
    return found

def mixed(urls):
    found = []
    for url in urls:
        if is_allowed(url):
            found.append(url)
        else:
            found.append(url.lower())
    return found

def unresolved(url):
    try:
        for item in socket.getaddrinfo(urlsplit(url).hostname, None):
            address = ipaddress.ip_address(item[4][0])
            if address.is_private or address.is_loopback or address.is_link_local:
                raise ValueError(url)
    except socket.gaierror:
        pass

def swallowed(url):
    try:
        for item in socket.getaddrinfo(urlsplit(url).hostname, None):
            address = ipaddress.ip_address(item[4][0])
            if address.is_private or address.is_loopback or address.is_link_local:
                raise ValueError(url)
    except Exception:
        pass
"""
BODIES = {
    "requests.get(sifted([url])[0])": BOUND,
    "requests.get(mixed([url])[0])": OPEN,
    "for item in [u for u in [url] if is_allowed(u)]:\n    requests.get(item)": BOUND,
    "for item in [u for u in [url] if u]:\n    requests.get(item)": OPEN,
    "requests.get(next(iter(sifted([url]))))": BOUND,
    "todo = []\ntodo.append(url)\nrequests.get(todo[0])": OPEN,
    "given = {}\ngiven['url'] = url\nrequests.get(given['url'])": OPEN,
    "if not is_one_of(url):\n    raise ValueError(url)\nrequests.get(url)": BOUND,
    "if LISTED and urlsplit(url).hostname not in LISTED:\n    raise ValueError(url)\nrequests.get(url)": BOUND,
    "if LATER and urlsplit(url).hostname not in LATER:\n    raise ValueError(url)\nrequests.get(url)": BROKEN,
    "unresolved(url)\nrequests.get(url)": BOUND,
    "swallowed(url)\nrequests.get(url)": BROKEN,
}


@pytest.mark.parametrize(("body", "state"), BODIES.items())
def test_a_request_is_judged_by_what_its_address_passed(body: str, state: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    program = f'{PREAMBLE}\n@mcp.tool()\ndef fetch(url: str) -> str:\n{lines}\nmcp.run("sse")\n'
    rows = judge({"server.py": facts_of(program)}, ()).analysis.rows

    assert [exposure.verdict.state for group in exposures(rows) for exposure in group] == [state]
