"""What runs in the kernel of a notebook is code, with the rights of the server."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import jupyter_client
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from fastmcp import FastMCP
from jupyter_client import AsyncKernelManager, KernelManager
from jupyter_client.blocking import BlockingKernelClient
from nbclient import NotebookClient

mcp = FastMCP("notes")
manager = KernelManager()

@mcp.tool
def run(code: str) -> str:
    {body}
    return "done"

mcp.run()
"""


@pytest.mark.parametrize(
    "body",
    [
        "manager.client().execute(code)",
        "kernel = AsyncKernelManager().client()\n    kernel.execute_interactive(code=code)",
        "kernel = BlockingKernelClient()\n    kernel.execute(code, silent=True)",
        "InteractiveShell.instance().run_cell(code)",
    ],
)
def test_code_in_a_kernel_is_code(body: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(body=body)}))

    assert [row.capabilities[0] for row in report.tools] == ["exec"]
    assert "unbounded-capability-tool" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    ("cells", "capability"),
    [("[nbformat.v4.new_code_cell(code)]", "exec"), ('[nbformat.v4.new_code_cell("print(1)")]', "write")],
)
def test_a_notebook_runs_what_it_is_made_of(cells: str, capability: str) -> None:
    body = f"NotebookClient(nbformat.v4.new_notebook(cells={cells})).execute()"
    (row,) = analyze(tree_of({"server.py": SERVER.format(body=body)})).tools

    assert row.capabilities[0] == capability
