"""Methods of clients that are named by what they are about do what the library says, with the client's credential."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from fastmcp import FastMCP
{imports}

mcp = FastMCP("desk")
client = {client}

@mcp.tool
def ask(key: str) -> str:
    return str({call})

mcp.run()
"""
JIRA = ("from jira import JIRA", 'JIRA("https://jira.internal", token_auth=os.environ["TOKEN"])')
ATLASSIAN = ("from atlassian import Jira", 'Jira(url="https://jira.internal", token=os.environ["TOKEN"])')
SPOTIFY = ("import spotipy", 'spotipy.Spotify(auth=os.environ["TOKEN"])')
PROCESSES = ("import psutil", "psutil")
REGISTRY = ("import winreg", "winreg")


def _asked(made: tuple[str, str], call: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    imports, client = made
    (tool,) = analyze(tree_of({"server.py": SERVER.format(imports=imports, client=client, call=call)})).tools
    return tool.capabilities, tool.credentials


@pytest.mark.parametrize(
    ("made", "call", "capability"),
    [
        (JIRA, "client.issue(key)", "read-private"),
        (JIRA, "client.projects()", "read-private"),
        (JIRA, "client.transition_issue(key, 'Done')", "write"),
        (ATLASSIAN, "client.issue(key)", "read-private"),
        (SPOTIFY, "client.current_user_playlists()", "read-private"),
        (SPOTIFY, "client.next_track()", "write"),
        (SPOTIFY, "client.current_user_saved_tracks_delete([key])", "destroy"),
    ],
)
def test_what_a_service_is_asked_is_asked_with_the_credential(
    made: tuple[str, str], call: str, capability: str
) -> None:
    assert _asked(made, call) == ((capability,), ("TOKEN",))


@pytest.mark.parametrize(
    ("made", "call"),
    [
        (PROCESSES, "[one.info for one in client.process_iter(['cmdline'])]"),
        (REGISTRY, "client.QueryValueEx(client.OpenKey(client.HKEY_CURRENT_USER, key), 'Path')"),
    ],
)
def test_what_runs_and_is_set_on_the_machine_is_private(made: tuple[str, str], call: str) -> None:
    assert _asked(made, call) == (("read-private",), ())


@pytest.mark.parametrize(
    ("made", "call"),
    [
        (JIRA, "client.server_url + key"),
        (PROCESSES, "client.cpu_percent()"),
        (("from desk import Board", "Board()"), "client.issue(key)"),
        (("import spotipy", "spotipy.Spotify"), "client.next_track"),
    ],
)
def test_other_members_and_other_clients_say_nothing_by_a_noun(made: tuple[str, str], call: str) -> None:
    assert _asked(made, call) == (("read-public",), ())
