"""Whom a secret is kept for, which lies beside it: `secret_of(instance, f"{prefix}_USERNAME")`."""

from analyzers.facts import Value
from analyzers.frameworks.disclosure import is_beside_secret
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver


def names_beside(resolver: Resolver, function: Function, node: Value) -> bool:
    """Tell whether the last argument of a call names what lies beside a secret, in the end of a text at least.

    What is given if there is nothing is no name: `secret_of("CRM_USER", default="reader")`.
    """
    given = [value for name, value in zip(node.names, node.args[1:], strict=True) if name != "default"]
    if not given:
        return False
    values = function.facts.values
    last = values[given[-1]]
    ending = last.args[-1] if last.op == "template" and last.args else given[-1]
    text = values[ending].text if values[ending].op == "str" else resolver.text(function, ending) or ""
    return bool(text.strip("_")) and is_beside_secret(text)
