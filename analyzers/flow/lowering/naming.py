"""Values that are given to a name: a string constant under a name that holds credentials is not kept."""

from analyzers.flow.lowering.body import Body
from analyzers.secrets import named_secret, secret_kind
from analyzers.syntax import (
    Attribute,
    Expression,
    Literal,
    Name,
    Subscript,
)


def named_expression(body: Body, name: str, node: Expression) -> int:
    """Lower a value given to a name; a string constant given to a name that holds credentials is not kept."""
    if isinstance(node, Literal) and node.kind == "str":
        secret = secret_kind(node.value) or named_secret(name, node.value)
        if secret is not None:
            return body.value("secret", secret, (), node)
    return body.expression(node)


def target_name(target: Expression) -> str:
    """Return the name that a target gives its value, "" for none."""
    match target:
        case Name(id=name) | Attribute(name=name):
            return name
        case Subscript(index=Literal(kind="str", value=name)):
            return name
    return ""
