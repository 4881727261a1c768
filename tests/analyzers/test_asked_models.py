"""What asks a model changes nothing; an agent that is given tools may."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import anthropic
import boto3
import openai
from pydantic_ai import Agent
from fastmcp import FastMCP

mcp = FastMCP("answers")
client = openai.OpenAI()
other = anthropic.Anthropic()
cloud = boto3.client("bedrock-runtime")
agent = Agent("model"{equipment})

{decorated}
def today() -> str:
    return "monday"

@mcp.tool
async def answer(question: str) -> str:
    return {work}

mcp.run(transport="http")
"""
OPENAI = 'client.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])'
ANTHROPIC = 'other.messages.create(model="m", messages=[{"role": "user", "content": question}])'
AGENT = "(await agent.run(question)).output"


@pytest.mark.parametrize(
    ("work", "equipment", "decorated", "gravest"),
    [
        pytest.param(OPENAI, "", "", "read-private", id="a completion"),
        pytest.param(ANTHROPIC, "", "", "read-private", id="a message"),
        pytest.param("str(cloud.invoke_model(modelId='m', body=question))", "", "", "read-private", id="a cloud's"),
        pytest.param("str(cloud.invoke(FunctionName=question))", "", "", "write", id="a function of a cloud"),
        pytest.param("client.files.delete(question)", "", "", "destroy", id="a file that is deleted"),
        pytest.param(AGENT, "", "", "read-private", id="an agent without tools"),
        pytest.param(AGENT, ", tools=[print]", "", "write", id="an agent with tools"),
        pytest.param(AGENT, "", "@agent.tool_plain", "write", id="a tool that is added to an agent"),
    ],
)
def test_a_model_is_only_asked(work: str, equipment: str, decorated: str, gravest: str) -> None:
    program = PROGRAM.format(work=work, equipment=equipment, decorated=decorated)
    (row,) = [row for row in analyze(tree_of({"server.py": program})).tools if row.name == "answer"]

    assert row.capabilities[0] == gravest
