"""A function that is registered as a job is run by a worker, not by whoever registers it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import jobs
from fastmcp import FastMCP

mcp = FastMCP("crm")
queue = jobs.Queue(os.environ["BROKER"])

def sync(name: str = "all") -> None:
    httpx.delete(f"https://crm.example/{{name}}")

@mcp.tool
def status() -> str:
    {registered}
    return "up"

mcp.run()
"""


@pytest.mark.parametrize(
    ("registered", "capabilities"),
    [
        ('queue.task(name="sync", retry=3)(sync)', ["read-public"]),
        ('jobs.periodic(cron="0 * * * *")(sync)', ["read-public"]),
        ("jobs.soon(sync)", ["destroy"]),
        ("jobs.Pool(4)(sync)", ["destroy"]),
    ],
)
def test_registering_a_job_does_not_run_it(registered: str, capabilities: list[str]) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.format(registered=registered)})).tools

    assert list(row.capabilities) == capabilities
