"""Clients of which one method does whatever the operation is that it is told by name."""

from analyzers.frameworks import sinks

# Method -> position and keyword of the operation's name.
OPERATIONS = {
    **dict.fromkeys(
        (
            f"{module}{made}().command"
            for module in ("falconpy.", "falconpy.api_complete.")
            for made in ("APIHarness", "APIHarnessV2")
        ),
        (0, "action"),
    ),
    **dict.fromkeys(
        ("boto3.client()._make_api_call", "botocore.client.BaseClient()._make_api_call"), (0, "operation_name")
    ),
    "xmlrpc.client.ServerProxy().execute_kw": (4, "method"),
    "odoorpc.ODOO().execute_kw": (1, "method"),
    "odoorpc.ODOO().execute": (1, "method"),
}
# How a call ends whose method is got of a client by a name: `getattr(client.blocks, method)(...)`.
GOT = ".getattr()()"
# What a service calls operations that change something, beside the verbs of functions.
CHANGING = frozenset({*sinks.WRITE, "perform", "action", "contain", "launch"})
DESTROYING = frozenset({*sinks.DESTROY, "unlink"})
READING = frozenset({*sinks.READ, "entities", "details", "status"})
# Words by which a name that begins with them only asks for something, whatever it says further on.
ASKING = frozenset({*sinks.READ, "queries", "searches", "aggregates", "combined"})
# Verbs with which asking may begin as well: `PostEntities`, `StartSearch`.
STARTING = frozenset({"post", "start", "run", "execute"})


def capability(operation: str) -> str:
    """Return what an operation does by its name, wherever in that the verb stands: `indicator_delete_v1`."""
    words = sinks.snake(operation).split("_")
    if not DESTROYING.isdisjoint(words):
        return "destroy"
    if words[0] in ASKING or CHANGING.isdisjoint(words):
        return "read-private"
    return "read-private" if words[0] in STARTING and not READING.isdisjoint(words) else "write"
