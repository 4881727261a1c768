"""Web interfaces of Gradio that are MCP servers too."""

import pytest

from analyzers import analyze
from analyzers.finding import Report
from tests.analyzers.programs import fixed_by, tree_of

HEAD = """\
import os
import subprocess
import gradio as gr

def ping(host: str) -> str:
    return subprocess.run(f"ping -c1 {host}", shell=True, capture_output=True, text=True).stdout

"""
PARTS = """\
with gr.Blocks() as demo:
    box = gr.Textbox()
    button = gr.Button("Go")
    GIVEN

"""
LAUNCH = 'demo.launch(mcp_server=True, server_name="0.0.0.0")\n'
OPEN = "unauthenticated-network-server"


def report_on(text: str) -> Report:
    return analyze(tree_of({"app.py": text}))


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    "parts",
    [
        PARTS.replace("GIVEN", "button.click(fn=ping, inputs=box, outputs=box)"),
        PARTS.replace("GIVEN", 'box.submit(ping, [box], [box], api_name="check_host")'),
        PARTS.replace("GIVEN", "button.click(lambda: None).then(ping, box, box)"),
        PARTS.replace("GIVEN", "gr.api(ping)"),
        'demo = gr.Interface(fn=ping, inputs="text", outputs="text")\n',
        'demo = gr.Interface(ping, "text", "text")\n',
    ],
)
def test_what_an_interface_runs_is_a_tool(parts: str) -> None:
    report = report_on(HEAD + parts + LAUNCH)

    (row,) = (row for row in report.tools if row.name == "ping")
    assert (row.server, row.kind, row.transport, row.bind) == ("app:demo", "tool", "http", "network")
    assert rules(report) >= {OPEN, "command-injection"}


@pytest.mark.parametrize(
    ("given", "launched"),
    [
        ("button.click(ping, box, box)", "demo.launch()\n"),
        ("button.click(ping, box, box)", "demo.launch(mcp_server=False)\n"),
        ("button.click(ping, box, box, api_name=False)\n    gr.api(len)", LAUNCH),
        ('button.click(ping, box, box, api_visibility="private")\n    gr.api(len)', LAUNCH),
    ],
)
def test_what_programs_cannot_call_is_none(given: str, launched: str) -> None:
    report = report_on(HEAD + PARTS.replace("GIVEN", given) + launched)
    assert "ping" not in {row.name for row in report.tools}
    assert "command-injection" not in rules(report)


def test_an_interface_whose_functions_are_not_seen_is_a_tool_that_is_not_known() -> None:
    (row,) = report_on("from elsewhere import demo\ndemo.launch(mcp_server=True)\n").tools
    assert (row.name, row.authorization.kind, row.bind) == ("?", "unresolved", "loopback")


@pytest.mark.parametrize(
    ("arguments", "bind"),
    [
        ("", "loopback"),
        (', server_name="0.0.0.0"', "network"),
        (", share=True", ""),
    ],
)
def test_who_reaches_an_interface(arguments: str, bind: str) -> None:
    launched = f"demo.launch(mcp_server=True{arguments})\n"
    (row,) = report_on(HEAD + PARTS.replace("GIVEN", "gr.api(ping)") + launched).tools
    assert row.bind == bind


def test_one_that_asks_to_sign_in_is_not_open_and_the_fix_asks() -> None:
    text = HEAD + PARTS.replace("GIVEN", "gr.api(ping)") + LAUNCH

    fix, changed = fixed_by({"app.py": text}, OPEN)

    assert fix is not None
    assert 'auth=(os.environ["INTERFACE_USER"], os.environ["INTERFACE_PASSWORD"])' in changed["app.py"]
    assert OPEN not in rules(report_on(changed["app.py"]))


def test_one_that_is_mounted_in_an_application() -> None:
    mounted = (
        'from fastapi import FastAPI\napp = FastAPI()\ngr.mount_gradio_app(app, demo, path="/", mcp_server=True)\n'
    )
    (row,) = report_on(HEAD + PARTS.replace("GIVEN", "gr.api(ping)") + mounted).tools
    assert (row.server, row.name, row.transport) == ("app:demo", "ping", "http")


@pytest.mark.parametrize(
    ("part", "is_told"),
    [
        ("gr.Textbox()", True),
        ("gr.Number()", False),
        ("gr.Dropdown(['a.test', 'b.test'])", False),
        ("gr.Dropdown(['a.test'], allow_custom_value=True)", True),
        ("gr.File()", False),
    ],
)
def test_only_what_callers_can_write_is_theirs(part: str, is_told: bool) -> None:
    parts = f"demo = gr.Interface(fn=ping, inputs=[{part}], outputs='text')\n"
    assert ("command-injection" in rules(report_on(HEAD + parts + LAUNCH))) is is_told
    held = PARTS.replace("gr.Textbox()", part).replace("GIVEN", "button.click(ping, box, box)")
    assert ("command-injection" in rules(report_on(HEAD + held + LAUNCH))) is is_told
