"""What a result, or a part of one, says of the check that gave it."""

import pytest

from tests.analyzers.programs import flow_of, given, named

PREAMBLE = """
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit
HOSTS = {"a.example.org"}
@dataclass
class Verdict:
    ok: bool
    reason: str = ""
def told(reason):
    return False, reason
def pair(url):
    if urlsplit(url).hostname not in HOSTS:
        return told("host")
    return True, ""
def error(url):
    if urlsplit(url).hostname not in HOSTS:
        return "not allowed"
    return None
def table(url):
    if urlsplit(url).hostname not in HOSTS:
        return {"allowed": False, "reason": "host"}
    return {"allowed": True}
def verdict(url):
    if urlsplit(url).hostname not in HOSTS:
        return Verdict(ok=False, reason="host")
    return Verdict(ok=True)
async def later(url):
    return pair(url)
"""
CHECKED = {
    "ok, reason = pair(url)\nif not ok:\n    return": True,
    "ok, reason = pair(url)\nif ok:\n    return": False,
    "ok, reason = pair(url)\nif reason:\n    return": False,
    "if not pair(url)[0]:\n    return": True,
    "found = error(url)\nif found is not None:\n    return": True,
    "found = error(url)\nif found is None:\n    return": False,
    "if (found := error(url)) is not None:\n    return": True,
    "if error(url):\n    return": True,
    "found = table(url)\nif not found['allowed']:\n    return": True,
    "found = table(url)\nif found['reason']:\n    return": True,
    "found = verdict(url)\nif not found.ok:\n    return": True,
    "found = verdict(url)\nif found.ok:\n    return": False,
    "ok, reason = await later(url)\nif not ok:\n    return": True,
    "ok, reason = later(url)\nif not ok:\n    return": False,
    "ok, reason = pair(other)\nif not ok:\n    return": False,
}


@pytest.mark.parametrize(("check", "holds"), CHECKED.items())
def test_a_part_of_a_result_speaks_for_the_check_behind_it(check: str, holds: bool) -> None:
    lines = "".join(f"    {line}\n" for line in check.splitlines())
    flow = flow_of(f"{PREAMBLE}async def f(url, other):\n{lines}    probe(url)\n")
    function = named(flow.program, "f")
    values = function.facts.values
    (call,) = [event for event in function.calls() if values[values[event.value].args[0]].text == "probe"]
    labels = flow.labeler.labels(function, given(function)[0])
    on = {label[1:] for label in labels}
    guards = flow.guards.after(function, call.dominator)
    found = any(guard.note.startswith("holds") and on & {label[1:] for label in guard.subject} for guard in guards)

    assert found is holds


SKIPPING = """
import ipaddress
import socket
def check(host):
    for item in socket.getaddrinfo(host, None):
        address = item[4][0]
        {cut}
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            continue
        if parsed.is_private or parsed.is_loopback:
            raise ValueError(host)
"""


@pytest.mark.parametrize(
    ("cut", "notes"),
    [
        ('address = address.split("%")[0]', {"address is_private False", "address is_loopback False"}),
        (
            "pass",
            {"broken: an address that does not parse is skipped, as one with a scope (fe80::1%eth0) before Python 3.9"},
        ),
    ],
)
def test_an_address_with_a_scope_is_skipped_by_a_loop_that_goes_on_after_an_error(cut: str, notes: set[str]) -> None:
    flow = flow_of(SKIPPING.format(cut=cut))

    assert {guard.note for guard in flow.on_return(named(flow.program, "check"))} == notes
