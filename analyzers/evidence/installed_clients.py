"""Clients that users install on their own machines, which can keep no secret."""

from analyzers.rule import Analysis

# How the secrets of Google's OAuth clients begin, and what signs users in with one that is installed (RFC 8252).
OF_CLIENTS = "`GOCS"
PUBLIC = (
    "All who installed a client have its secret, and no server may rely on it (RFC 8252, 8.5): it tells only which "
    "application asks. Make sure that this one belongs to such a client."
)
_INSTALLED = ("InstalledAppFlow", "run_local_server", "run_console")
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def is_installed(analysis: Analysis) -> bool:
    """Tell whether users sign in with a client that is installed on their own machine."""
    called = any(True for name in _INSTALLED for _ in analysis.program.call_sites(name))
    nodes = (node for function in analysis.functions() for node in function.facts.values)
    return called or any(node.op == "str" and node.text == _DEVICE_GRANT for node in nodes)
