"""A secret in what a dispatcher answers with is told of the tools on whose way it is, and of no other."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
from mcp.server.lowlevel import Server

server = Server("desktop")

class Desktop:
    def __init__(self):
        server.call_tool()(self.call_tool)
        server.list_tools()(self.list_tools)

    async def list_tools(self):
        return [
            Tool(name="start", inputSchema={}), Tool(name="status", inputSchema={}), Tool(name="logs", inputSchema={}),
        ]

    async def call_tool(self, name, arguments):
        if name == "start":
            result = self.start()
        elif name == "status":
            result = self.status()
        elif name == "logs":
            result = {"output": "none"}
        else:
            raise ValueError(name)
        return [TextContent(type="text", text=str(result))]

    def start(self):
        return {"url": "vnc://localhost", "password": os.environ["VNC_PASSWORD"]}

    def status(self):
        return {"output": "running"}

Desktop()
"""


def test_a_secret_is_told_of_the_tool_on_whose_way_it_is() -> None:
    report = analyze(tree_of({"server.py": PROGRAM.replace("import os", "import os\nfrom mcp.types import *", 1)}))
    (found,) = [finding for finding in report.findings if finding.rule == "secret-returned-to-model"]

    assert "`start`" in found.message
    assert len(found.tools) == 1
