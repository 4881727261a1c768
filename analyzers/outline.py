"""What is known of a file without its facts: enough to tell which files belong together."""

import msgspec

from analyzers.facts import FileFacts, FunctionFacts
from analyzers.frameworks import gradio, json_rpc, mcp


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """The outline of one file's facts.

    `imports` are the texts of its `import` values. `serves` tells that it makes a server in Python, or speaks the
    protocol by itself, `servers` names the frameworks that it mentions and that are not read. `defect` keeps it from
    counting as read.
    """

    imports: tuple[str, ...] = ()
    serves: bool = False
    servers: tuple[str, ...] = ()
    defect: str = ""


def outline_of(facts: FileFacts) -> Outline:
    """Return the outline of a file."""
    framework = any(mcp.is_framework(text.partition("|")[0]) for text in facts.imports)
    return Outline(
        imports=facts.imports,
        serves=(framework and _makes_server(facts)) or json_rpc.speaks(facts) or _starts_interface(facts),
        servers=facts.servers,
        defect=first_defect(facts),
    )


def first_defect(facts: FileFacts) -> str:
    """Return why a file does not count as read, "" when it does."""
    return f"{facts.defects[0].text} on line {facts.defects[0].line}" if facts.defects else ""


def encode_outline(facts: FileFacts) -> bytes:
    """Return the outline of a file as MessagePack."""
    return msgspec.msgpack.encode(outline_of(facts))


def decode_outline(data: bytes) -> Outline:
    """Return an outline from MessagePack. Raise msgspec.DecodeError for anything else."""
    return msgspec.msgpack.decode(data, type=Outline)


def _makes_server(facts: FileFacts) -> bool:
    """Tell whether a file calls or extends what has the name of a server class of an MCP framework."""
    module = facts.functions[0]
    names = {*mcp.SERVER_CLASSES, *mcp.GENERATED_SERVERS}
    names.update([name for name, values in module.names.items() if _name_of(module, values[0]) in names])
    return any(
        _name_of(function, event.value, called=True) in names
        for function in facts.functions
        for event in function.events
        if event.kind == "call"
    ) or any(
        _name_of(facts.functions[function.parent], base) in names
        for function in facts.functions
        for _, base in function.bases
    )


def _starts_interface(facts: FileFacts) -> bool:
    """Tell whether a file starts a web interface as an MCP server."""
    return gradio.SWITCH.encode() in facts.body and any(
        gradio.SWITCH in function.values[event.value].names
        for function in facts.functions
        for event in function.events
        if event.kind == "call" and _name_of(function, event.value, called=True) in gradio.STARTS
    )


def _name_of(function: FunctionFacts, value: int, *, called: bool = False) -> str:
    """Return the last name of a value, or of what a call calls; what is imported has the name that it has there."""
    node = function.values[value]
    if called:
        node = function.values[node.args[0]]
    while node.op == "index":
        node = function.values[node.args[0]]
    if node.op == "import":
        return node.text.rpartition("|")[2]
    return node.text if node.op in ("name", "attr", "free") else ""
