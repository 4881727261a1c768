"""What has certainly happened before each call, and which definition each use sees."""

import textwrap

import pytest

from tests.analyzers.programs import facts_of, given, named, program_of

BEFORE = {
    "a decided branch": (
        """
        def f(x):
            if x:
                a()
            else:
                b()
            c()
        """,
        {"a": ["x"], "b": ["not x"], "c": []},
    ),
    "each further branch knows that those above it failed": (
        """
        def f(x, y):
            if x:
                a()
            elif y:
                b()
            else:
                c()
        """,
        {"a": ["x"], "b": ["not x", "y"], "c": ["not x", "not y"]},
    ),
    "an early return leaves the condition decided": (
        """
        def f(x):
            if not x:
                return
            a()
        """,
        {"a": ["not not x"]},
    ),
    "what both branches do is not one event": (
        """
        def f(x):
            if x:
                a()
            else:
                a()
            b()
        """,
        {"a": ["not x"], "b": []},
    ),
    "a handler that goes on undoes the body": (
        """
        def f():
            try:
                a()
            except ValueError:
                b()
            c()
        """,
        {"a": [], "b": [], "c": []},
    ),
    "a handler that raises keeps the body": (
        """
        def f():
            try:
                a()
            except ValueError:
                b()
                raise
            c()
        """,
        {"a": [], "b": [], "c": ["a"]},
    ),
    "an else of a try runs when the body did": (
        """
        def f():
            try:
                a()
            except ValueError:
                return
            else:
                b()
            c()
        """,
        {"a": [], "b": ["a"], "c": ["a", "b"]},
    ),
    "a finally runs whatever happened, what follows it when the body came through": (
        """
        def f():
            try:
                a()
            finally:
                b()
            c()
        """,
        {"a": [], "b": [], "c": ["a"]},
    ),
    "suppress swallows": (
        """
        import contextlib
        def f():
            with contextlib.suppress(Exception):
                a()
            b()
        """,
        {"suppress": [], "a": ["suppress"], "b": ["suppress"]},
    ),
    "another context manager does not": (
        """
        def f():
            with lock():
                a()
            b()
        """,
        {"lock": [], "a": ["lock"], "b": ["lock", "a"]},
    ),
    "a loop may run no round": (
        """
        def f(xs):
            for x in xs:
                a()
            b()
        """,
        {"a": [], "b": ["each: a"]},
    ),
    "a continue cuts a round short": (
        """
        def f(xs):
            for x in xs:
                if x:
                    continue
                a()
            b()
        """,
        {"a": ["not x"], "b": []},
    ),
    "a break leaves items out": (
        """
        def f(xs):
            for x in xs:
                a()
                if x:
                    break
            b()
        """,
        {"a": [], "b": []},
    ),
    "a while that ends has a condition that failed": (
        """
        def f(x):
            while x:
                a()
            b()
        """,
        {"a": ["x"], "b": ["not x"]},
    ),
    "a case excludes those above it": (
        """
        def f(x):
            match x:
                case "a":
                    a()
                case "b":
                    b()
                case _:
                    c()
            d()
        """,
        {"a": ['x == "a"'], "b": ['not x == "a"', 'x == "b"'], "c": ['not x == "a"', 'not x == "b"'], "d": []},
    ),
    "the right side of an and runs when the left one is true": (
        """
        def f(x):
            x and a()
            b()
        """,
        {"a": ["x"], "b": []},
    ),
    "the right side of an or runs when the left one is false": (
        """
        def f(x):
            x or a()
            b()
        """,
        {"a": ["not x"], "b": []},
    ),
    "one arm of a choice runs": (
        """
        def f(x):
            y = a() if x else b()
            c()
        """,
        {"a": ["x"], "b": ["not x"], "c": []},
    ),
    "a filter holds for the elements of a comprehension": (
        """
        def f(xs):
            y = [a() for x in xs if x]
            b()
        """,
        {"a": ["x"], "b": []},
    ),
    "an assertion decides nothing, for it can be switched off": (
        """
        def f(x):
            assert x
            a()
        """,
        {"a": []},
    ),
    "arguments come before their call": (
        """
        def f():
            b(a())
        """,
        {"a": [], "b": ["a"]},
    ),
}


def before(code: str) -> dict[str, list[str]]:
    """Return what is certain at each call of `f`, in the words of the source; the last call of a name counts."""
    text = textwrap.dedent(code)
    function = named(program_of({"server.py": text}), "f")
    values, events = function.facts.values, function.facts.events

    def source(value: int) -> str:
        node = values[value]
        if node.op == "compare":
            return f"{source(node.args[0])} {node.text} {source(node.args[1])}"
        return {"str": f'"{node.text}"', "element": "x", "not": f"not {source(node.args[0]) if node.args else ''}"}.get(
            node.op, node.text.rpartition("|")[2]
        )

    def told(index: int) -> str:
        event = events[index]
        if event.kind == "call":
            callee = values[values[event.value].args[0]]
            return callee.text.rpartition("|")[2]
        if event.kind == "each":
            return f"each: {told(event.target)}"
        prefix = {"true": "", "false": "not "}.get(event.kind)
        return event.kind if prefix is None else prefix + source(event.value)

    def chain(index: int) -> list[str]:
        found: list[str] = []
        while index >= 0:
            is_empty = events[index].kind == "each" and events[index].target == events[index].dominator
            if events[index].kind in ("call", "true", "false", "each") and not is_empty:
                found.insert(0, told(index))
            index = events[index].dominator
        return found

    return {told(index): chain(event.dominator) for index, event in enumerate(events) if event.kind == "call"}


@pytest.mark.parametrize(("code", "expected"), BEFORE.values(), ids=BEFORE.keys())
def test_a_call_knows_what_has_certainly_happened(code: str, expected: dict[str, list[str]]) -> None:
    assert before(code) == expected


SEEN = {
    "the last assignment": ("def f():\n    x = 1\n    x = 2\n    probe(x)\n", ["2"]),
    "both branches": ("def f(c):\n    x = 1\n    if c:\n        x = 2\n    probe(x)\n", ["1", "2"]),
    "only branches that come here": (
        "def f(c):\n    x = 1\n    if c:\n        x = 2\n        return\n    probe(x)\n",
        ["1"],
    ),
    "a walrus": ("def f():\n    if (x := 3):\n        pass\n    probe(x)\n", ["3"]),
    "any round of a loop": ("def f(xs):\n    x = 1\n    for _ in xs:\n        x = 2\n    probe(x)\n", ["1", "2"]),
    "a body that may have been interrupted": (
        "def f():\n    x = 1\n    try:\n        x = 2\n        g()\n    except E:\n        probe(x)\n",
        ["1", "2"],
    ),
    "an unpacked literal": ("def f():\n    x, y = 1, 2\n    probe(y)\n", ["2"]),
}


@pytest.mark.parametrize(("code", "expected"), SEEN.values(), ids=SEEN.keys())
def test_a_use_sees_the_definitions_that_reach_it(code: str, expected: list[str]) -> None:
    function = named(program_of({"server.py": code}), "f")
    values = function.facts.values

    def constants(value: int) -> list[str]:
        node = values[value]
        return [text for part in node.args for text in constants(part)] if node.op == "phi" else [node.text]

    (call,) = [values[e.value] for e in function.calls() if values[values[e.value].args[0]].text == "probe"]
    assert sorted(set(constants(call.args[1]))) == expected


@pytest.mark.parametrize(
    "code",
    [
        'API_KEY = "correct-horse-battery-9314"',
        'client = connect(password="correct-horse-battery-9314")',
        'import os\nkey = os.getenv("API_KEY", "correct-horse-battery-9314")',
        'SETTINGS = {"api_key": "correct-horse-battery-9314"}',
        'class Settings:\n    secret_key: str = "correct-horse-battery-9314"',
        'def connect(password="correct-horse-battery-9314"):\n    pass',
        '"""AKIAZ7Q4M2X5K5T3B6WD"""',
    ],
)
def test_no_secret_is_kept(code: str) -> None:
    kept = repr(facts_of(code))

    assert "correct-horse-battery-9314" not in kept
    assert "AKIAZ7Q4M2X5K5T3B6WD" not in kept


def test_positions_and_texts_do_not_change_the_identity_of_a_body() -> None:
    first = facts_of('def f():\n    g("a")\n').functions[1].digest
    moved = facts_of('\n\ndef f():\n    g("another")\n').functions[1].digest
    other = facts_of('def f():\n    h("a")\n').functions[1].digest

    assert (first == moved, first == other) == (True, False)


def test_an_entry_of_globals_is_what_the_module_calls_so() -> None:
    text = "def f(key):\n    names = globals()\n    probe(names['URL'], globals()['URL'], names[key])\n"
    function = named(program_of({"server.py": text}), "f")

    assert [function.facts.values[value].op for value in given(function)] == ["name", "name", "index"]
