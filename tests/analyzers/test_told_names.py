"""What calls of well-known libraries do is told by their names."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
from fastmcp import FastMCP
{imported}

mcp = FastMCP("shop")


@mcp.tool
def act(text: str) -> str:
    {call}
    return "done"


mcp.run(transport="http")
"""

CALLS = {
    "import runpy|runpy.run_path(text)": "exec",
    "import ansible_runner|ansible_runner.run(playbook=text)": "exec",
    "import winrm|winrm.Session('host', auth=('a', 'b')).run_ps(text)": "exec",
    "import code|code.InteractiveInterpreter().runsource(text)": "exec",
    "import jenkins|jenkins.Jenkins('host').run_script(text)": "exec",
    "import MetaTrader5 as mt5|mt5.order_send({'volume': 1})": "money",
    "from ib_insync import IB|IB().placeOrder(text, 1)": "money",
    "from shop import orders|orders.replace_orders(text)": "read-public",
    "import os|os.kill(int(text), 9)": "write",
    "import pyautogui|pyautogui.typewrite(text)": "write",
    "import pika|pika.BlockingConnection(text).channel().basic_publish(body=text)": "write",
    "import paho.mqtt.publish as publish|publish.single('a', text)": "write",
    "from confluent_kafka import Producer|Producer({}).produce('a', text)": "write",
    "import imaplib|imaplib.IMAP4_SSL('host').expunge()": "destroy",
    "import ftplib|ftplib.FTP('host').storbinary('STOR a', text)": "write",
    "import winreg|winreg.DeleteKey(winreg.HKEY_CURRENT_USER, text)": "destroy",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_what_its_library_does(call: str) -> None:
    imported, _, called = call.partition("|")
    program = PROGRAM.replace("{imported}", imported).replace("{call}", called)
    (row,) = analyze(tree_of({"server.py": program})).tools
    assert CALLS[call] in row.capabilities
