"""What was found of a value on the way to where ways meet."""

import pytest

from analyzers.flow.labels import MARK
from tests.analyzers.programs import flow_of, given, named

HARMLESS, ANYTHING = False, True
WAYS = {
    "if x not in KINDS:\n    x = 'a'": HARMLESS,
    "if x in KINDS:\n    x = 'a'": ANYTHING,
    "x = x if x in KINDS else 'a'": HARMLESS,
    "x = 'a' if x in KINDS else x": ANYTHING,
    "x = x if other in KINDS else 'a'": ANYTHING,
    "if other:\n    if x not in KINDS:\n        x = 'a'\nelse:\n    x = 'b'": HARMLESS,
    "if other:\n    if x not in KINDS:\n        x = 'a'": ANYTHING,
    "if other:\n    x = 'b'\nelif x in KINDS:\n    pass\nelse:\n    x = 'a'": HARMLESS,
    "if not x.isalnum():\n    x = 'a'": HARMLESS,
    "for y in KINDS:\n    if x not in KINDS:\n        x = y": ANYTHING,
    "try:\n    if x not in KINDS:\n        x = 'a'\nexcept ValueError:\n    pass": ANYTHING,
}


@pytest.mark.parametrize(("code", "is_open"), WAYS.items())
def test_a_choice_is_made_of_what_each_way_found(code: str, is_open: bool) -> None:
    lines = "\n            ".join(code.splitlines())
    flow = flow_of(
        f"""
        KINDS = ("a", "b")
        def f(x, other):
            {lines}
            probe(x)
        """
    )
    function = named(flow.program, "f")
    (value,) = given(function)
    shape = flow.shapes.shape(function, value)

    in_shape = frozenset(label for piece in shape for label in piece.labels)

    assert any(label.startswith(f"p{MARK}") for label in flow.labeler.labels(function, value)) == is_open
    assert any(label.startswith(f"p{MARK}") for label in in_shape) == is_open


COLLECTED = {
    "if re.fullmatch('[a-z]+', x):\n    found.append(x)": HARMLESS,
    "if not re.fullmatch('[a-z]+', x):\n    raise ValueError(x)\nfound.append(x)": HARMLESS,
    "found.append(x)\nif not re.fullmatch('[a-z]+', x):\n    raise ValueError(x)": ANYTHING,
    "if re.fullmatch('[a-z]+', other):\n    found.append(x)": ANYTHING,
    "if re.fullmatch('[a-z]+', x):\n    found.append(x)\nelse:\n    found.append(x.strip())": ANYTHING,
}


@pytest.mark.parametrize(("code", "is_open"), COLLECTED.items())
def test_a_list_holds_what_was_let_into_it(code: str, is_open: bool) -> None:
    lines = "\n            ".join(code.splitlines())
    flow = flow_of(
        f"""
        import re
        def f(x, other):
            found = []
            {lines}
            probe(", ".join([f'"{{name}}"' for name in found or ["value"]]))
        """
    )
    function = named(flow.program, "f")
    labels = flow.labeler.labels(function, given(function)[0])

    assert any(label.startswith(f"p{MARK}") for label in labels) == is_open
