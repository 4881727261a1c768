"""Code of other languages that programs run in engines of their own."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import importlib
import lupa
import matlab.engine
import oct2py
import r2pipe
import rpy2.robjects as robjects
import saspy
from fastmcp import FastMCP
from pystata import stata

class Engine:
    def __init__(self):
        self._engine = None

    def start(self):
        self._engine = importlib.import_module("matlab.engine").start_matlab()

    def run(self, code):
        return self._engine.eval(code, nargout=0)

engine = Engine()
binary = r2pipe.open("/bin/true")
mcp = FastMCP("numbers")

@mcp.tool
def calculate(code: str, variable: int) -> str:
    BODY
    return "done"

mcp.run(transport="http")
"""


def _told(body: str) -> tuple[str, set[str], str]:
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body)}))
    (row,) = report.tools
    about = [
        finding for finding in report.findings if finding.rule in ("unbounded-capability-tool", "command-injection")
    ]
    return row.capabilities[0], {finding.rule for finding in about}, " ".join(finding.message for finding in about)


@pytest.mark.parametrize(
    "body",
    [
        "matlab.engine.start_matlab().eval(code, nargout=0)",
        "engine.run(code)",
        "oct2py.Oct2Py().eval(code)",
        "robjects.r(code)",
        "saspy.SASsession().submit(code)",
        "stata.run(code)",
        "binary.cmd(code)",
        "lupa.LuaRuntime().execute(code)",
    ],
)
def test_code_of_another_language_is_code(body: str) -> None:
    capability, rules, _ = _told(body)

    assert (capability, rules) == ("exec", {"unbounded-capability-tool"})


@pytest.mark.parametrize(
    ("body", "reader"),
    [('engine.run(f"help {code}")', "MATLAB"), ('binary.cmd("pdf @ " + code)', "radare2")],
)
def test_an_argument_among_code_is_told_with_what_reads_it(body: str, reader: str) -> None:
    _, rules, message = _told(body)

    assert rules == {"command-injection"}
    assert f"gives `code` to {reader} " in message


@pytest.mark.parametrize("body", ['engine.run("ver")', 'binary.cmd("aaa")', 'engine.run(f"x = {variable};")'])
def test_code_of_the_program_s_own_is_none_of_the_caller_s(body: str) -> None:
    assert not _told(body)[1]
