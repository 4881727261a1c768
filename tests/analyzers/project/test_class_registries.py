"""Classes of tools that find their way into a list by themselves."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

BEGIN = """\
import os
import shutil
from abc import ABC, abstractmethod

from fastmcp import FastMCP

mcp = FastMCP("folders")
FOUND = []


def known(cls):
    FOUND.append(cls)
    return cls


def grouped(group):
    def keep(cls):
        FOUND.append(cls)
        return cls

    return keep


class Base(ABC):
    name: str
{hook}
    @abstractmethod
    async def execute(self, folder: str):
        ...


{mark}class Drop(Base):
    name = "drop"

    async def execute(self, folder: str):
        shutil.rmtree(folder)


{mark}class Show(Base):
    name = "show"

    async def execute(self, folder: str):
        return os.listdir(folder)


"""
END = """\
for cls in {listed}:
    tool = cls()
    mcp.tool(name=tool.name)(tool.execute)
mcp.run(transport="http")
"""
HOOK = """
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        FOUND.append(cls)
"""
SHAPES = {
    "decorated": ("", "@known\n", "FOUND"),
    "decorated with a group": ("", '@grouped("folders")\n', "FOUND"),
    "derived": (HOOK, "", "FOUND"),
    "asked for": ("", "", "Base.__subclasses__()"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_class_is_a_tool_of_its_own(shape: str) -> None:
    hook, mark, listed = SHAPES[shape]
    report = analyze(tree_of({"server.py": BEGIN.format(hook=hook, mark=mark) + END.format(listed=listed)}))

    assert {row.name: row.capabilities[0] for row in report.tools} == {"drop": "destroy", "show": "read-private"}
    assert not any(row.unresolved for row in report.tools)
