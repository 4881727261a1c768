"""Objects that are taken for servers by what they are called: `mcp = create_mcp_app("mail")` of a package elsewhere."""

from collections.abc import Iterable

from analyzers.frameworks.mcp import SERVER_NAMES
from analyzers.project.program import Function
from analyzers.project.targets import Target

MAKER = "mcp"


def is_named_server(function: Function, value: int) -> bool:
    """Tell whether a value, or the variable of a function that it is bound to, is called like a server."""
    if function.facts.values[value].text in SERVER_NAMES:
        return True
    return any(value in function.facts.names.get(name, ()) for name in SERVER_NAMES)


def is_made_elsewhere(targets: Iterable[Target]) -> bool:
    """Tell whether something that is not in sight and is called after the protocol made an object."""
    names = [target.name.lower() for target in targets if target.kind == "external"]
    return bool(names) and all(name.endswith("()") and MAKER in name for name in names)
