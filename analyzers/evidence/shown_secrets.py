"""Constants that show what a credential looks like, and are none."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.project.program import Function

# Keywords and keys with which a field says what its values look like.
EXAMPLES = ("examples", "example", "openapi_examples", "json_schema_extra", "schema_extra")
# How credentials of providers begin.
PROVIDERS = ("ghp_", "github_pat_", "glpat-", "xox", "sk-", "AKIA", "eyJ", "AIza", "hf_", "SG.", "rk_live", "pypi-")

DISPLAYS = ("list", "tuple", "set")


def is_shown_as_example(function: Function, secret: Value) -> bool:
    """Tell whether a constant stands in `examples=`, which tells those who fill a field what one looks like."""
    return any(part.start <= secret.start < part.end for part in _shown(function, secret))


def _shown(function: Function, secret: Value) -> Iterator[Value]:
    values = function.facts.values
    for node in values:
        if not node.start <= secret.start < node.end:
            continue
        if node.op == "call":
            yield from (values[item] for item, name in zip(node.args[1:], node.names, strict=True) if name in EXAMPLES)
        elif node.op == "map":
            pairs = zip(node.args[::2], node.args[1::2], strict=False)
            yield from (values[item] for key, item in pairs if key >= 0 and values[key].text in EXAMPLES)


def is_sample(function: Function, index: int) -> bool:
    """Tell whether a constant is one of a list of what credentials of several providers look like."""
    values = function.facts.values
    for node in values:
        if node.op in DISPLAYS and index in node.args:
            others = [values[item].text for item in node.args if item >= 0 and values[item].op in ("str", "secret")]
            if len({prefix for text in others for prefix in PROVIDERS if text.startswith(prefix)}) > 1:
                return True
    return False
