"""What stays the beginning of an address whatever is cut off or replaced further behind."""

from typing import TYPE_CHECKING

import re2

from analyzers.flow.shapes import Piece, Shape, is_open
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

CUTTING = frozenset({"split", "partition"})
FIRST = "0"
REPLACING = "re.sub"
# The words that a pattern begins with, as far as they are meant as they stand.
LITERAL = re2.compile(r"^\(?[\w=&?/-]{2,}")


def beginning(reader: "ShapeReader", site: Site) -> Shape | None:
    """Return the shape of a part or variant of a text that begins as it did, None where that is not known."""
    mark, source = _cut(reader, site)
    if source < 0 or not mark:
        return None
    shape, labels = reader.shape(site.function, source), reader.labeler.labels(site.function, site.value)
    if site.node.op == "call" and len(shape) == 1 and is_open(shape[0]) and shape[0].labels <= labels:
        return shape
    first = next((index for index, piece in enumerate(shape) if is_open(piece)), 0)
    if first == 0 or any(mark in piece.text for piece in shape[:first]):
        return None
    return (*shape[:first], Piece(labels=labels))


def _cut(reader: "ShapeReader", site: Site) -> tuple[str, int]:
    """Return behind which word a text is changed, and the text: `url.split("?")[0]`, `re.sub("page=.+", "", url)`."""
    function, _, node = site
    values = function.facts.values
    if node.op == "call" and len(node.args) > 3:
        replaces = reader.resolver.external(function, node.args[0]) == REPLACING
        found = LITERAL.match(reader.resolver.text(function, node.args[1]) or "") if replaces else None
        return (found[0].lstrip("("), node.args[3]) if found else ("", -1)
    position = values[node.args[1]].text if node.op == "index" else node.text
    parts = values[node.args[0]] if node.op in ("item", "index") and position == FIRST else None
    if parts is None or parts.op != "call" or len(parts.args) < 2:
        return "", -1
    callee = values[parts.args[0]]
    cuts = callee.op == "attr" and callee.text in CUTTING
    return (reader.resolver.text(function, parts.args[1]) or "", callee.args[0]) if cuts else ("", -1)
