"""A function that a worker of a queue runs is run by whoever starts it there."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

WORKER = """
import httpx
from celery import Celery

app = Celery("shop")

@app.task
def refund(order):
    httpx.delete("https://pay.example.com/orders/" + order)

def status(order):
    return order
"""
SERVER = """
from fastmcp import FastMCP
from rq import Queue

import worker

mcp = FastMCP("shop")
queue = Queue()

@mcp.tool
def act(order: str) -> str:
    {call}
    return "on its way"

mcp.run(transport="http")
"""


def reached(call: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    row = analyze(tree_of({"worker.py": WORKER, "server.py": SERVER.format(call=call)})).tools[0]
    return tuple(row.network), tuple(row.capabilities)


@pytest.mark.parametrize(
    "call",
    [
        "worker.refund.delay(order)",
        "worker.refund.apply_async(args=[order], countdown=5)",
        "worker.refund.remote(order)",
        "queue.enqueue(worker.refund, order)",
    ],
)
def test_a_task_does_what_its_function_does(call: str) -> None:
    network, capabilities = reached(call)
    assert "pay.example.com" in network
    assert "destroy" in capabilities


@pytest.mark.parametrize("call", ["worker.status.delay(order)", "worker.refund.name.lower()"])
def test_what_starts_no_task_does_nothing(call: str) -> None:
    assert reached(call) == ((), ("read-public",))
