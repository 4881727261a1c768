"""Functions that do more than is followed into keep what they do themselves."""

import hashlib

from analyzers import Entry, FileFacts, Source, Tree, analyze, read

WRITES = "\n".join(f'    httpx.post("https://audit.internal/{number}", json={{}})' for number in range(60))
SERVER = f"""
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop", auth=verifier)

def first(entry):
{WRITES}

def second(entry):
{WRITES.replace("audit", "stock")}

@mcp.tool
def notify(webhook: str) -> str:
    first(webhook)
    second(webhook)
    return httpx.post(webhook, json={{}}).text

mcp.run(transport="http")
"""


def test_own_request_is_found_behind_many_effects_of_others() -> None:
    data = SERVER.encode()
    entry = Entry("server.py", hashlib.sha1(data).hexdigest(), size=len(data))
    facts = read(Source(entry.path, entry.blob, data))
    assert isinstance(facts, FileFacts)

    report = analyze(Tree((entry,), {entry.path: facts}))

    line = SERVER[: SERVER.index("httpx.post(webhook")].count("\n") + 1
    found = [finding.location.line for finding in report.findings if finding.rule == "ssrf-model-controlled-host"]
    assert found == [line]
