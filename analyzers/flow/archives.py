"""What callers write of an archive is what its members are called: the one who makes it names them."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.label_credentials import given
from analyzers.flow.labels import NONE, Labels
from analyzers.frameworks.paths import canonical
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

OPENERS = frozenset({"tarfile.open", "tarfile.TarFile", "zipfile.ZipFile"})
# What holds the bytes of an archive that is no file.
IN_MEMORY = "io.BytesIO"
MEMBERS = frozenset(
    {
        *(f"zipfile.ZipFile().{method}" for method in ("namelist", "infolist")),
        *(
            f"tarfile.{made}().{method}"
            for made in ("open", "TarFile")
            for method in ("getnames", "getmembers", "next")
        ),
    }
)


def of_archive(labeler: "Labeler", function: Function, node: Value, name: str) -> Labels | None:
    """Return the labels of an archive that a call opens, or of the names that one gives of it; None for another."""
    plain = canonical(name)
    if plain in OPENERS:
        return given(labeler, function, node) | _in_memory(labeler, function, node)
    callee = function.facts.values[node.args[0]]
    return labeler.labels(function, callee.args[0]) if plain in MEMBERS and callee.op == "attr" else None


def _in_memory(labeler: "Labeler", function: Function, node: Value) -> Labels:
    """Return the labels of the bytes that a call is given as a file."""
    held: Labels = NONE
    for argument in node.args[1:]:
        made = function.facts.values[argument]
        if made.op == "call" and labeler.resolver.external(function, made.args[0]) == IN_MEMORY:
            held |= labeler.union(function, made.args[1:])
    return held
