"""A word that is the value of the option before it is no option itself, however it begins."""

import pytest

from analyzers.flow.operands import LINE
from tests.analyzers.programs import flow_of, named

CASES = {
    '["git", "-C", word, "status"]': 0,
    '["git", "commit", "-am", word]': 0,
    '["git", "clone", word]': 1,
    '["git", "-C", "/srv", "log", word]': 1,
    '["git", "log", "--", word]': 0,
    '["git", "-c", word, "status"]': 1,
    '["ssh", "-p", word, "host.internal", "uptime"]': 0,
    '["ssh", "-o", word, "host.internal", "uptime"]': 1,
    '["find", "/srv", "-name", word]': 0,
}


@pytest.mark.parametrize(("words", "count"), CASES.items(), ids=CASES)
def test_options_among_words(words: str, count: int) -> None:
    flow = flow_of(f"import subprocess\n\ndef act(word):\n    subprocess.run({words})\n")
    (effect,) = flow.summary(named(flow.program, "act")).effects

    assert [operand.role for operand in effect.operands if operand.role != LINE] == ["word"] * count
