"""Edits keep what they do not change: formatting, comments, line ends."""

import subprocess
import sys

import pytest

from analyzers import FileFacts, Source, read
from analyzers.finding import Edit
from analyzers.fixes.fixing import apply_edits
from analyzers.fixes.rewrite import (
    add_import,
    append_item,
    insert_before,
    insert_first_statement,
    remove_argument,
    replace_value,
    set_argument,
)
from analyzers.project.program import Function, Program


def program(text: str) -> Program:
    facts = read(Source("server.py", "", text.encode()))
    assert isinstance(facts, FileFacts)
    return Program({"server.py": facts})


def call_of(text: str, name: str) -> tuple[Function, int]:
    (site,) = program(text).call_sites(name)
    return site


def function_of(text: str, name: str) -> Function:
    return next(function for function in program(text).functions() if function.facts.name == name)


def applied(text: str, edit: Edit | None) -> str:
    assert edit is not None
    result = apply_edits(text.encode(), [edit])
    assert result is not None
    return result.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", "['x']"),
        ("['a', b]", "['a', b, 'x']"),
        ("['a',]", "['a', 'x']"),
        ("[\n    'a',\n    'b',\n]", "[\n    'a',\n    'b',\n    'x',\n]"),
        ("[\r\n  'a'\r\n]", "[\r\n  'a',\r\n  'x'\r\n]"),
        ("['a', ('b')]", "['a', ('b'), 'x']"),
        ("[\n    'é😀']", "[\n    'é😀', 'x']"),
    ],
)
def test_an_item_is_added_in_the_style_of_the_list(before: str, after: str) -> None:
    text = f"b = 1\nget(u, {before})\n"
    function, call = call_of(text, "get")

    edit = append_item(text.encode(), function, function.facts.values[call].args[2], "'x'")

    assert applied(text, edit) == f"b = 1\nget(u, {after})\n"


@pytest.mark.parametrize("display", ["list(a)", "[\n    'a',  # first\n]", "('a', 'b')"])
def test_an_item_is_not_added_where_comments_or_other_forms_stand(display: str) -> None:
    text = f"get(u, {display})\n"
    function, call = call_of(text, "get")

    assert append_item(text.encode(), function, function.facts.values[call].args[2], "'x'") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("get(u, verify=False)", "get(u)"),
        ("get(u, verify=False, timeout=3)", "get(u, timeout=3)"),
        ("get(verify = False)", "get()"),
        ("get(verify=False, timeout=3)", "get(timeout=3)"),
        ("get(\n    u,\n    verify=False,\n)", "get(\n    u,\n)"),
        ("get(\n    u,  # where\n    verify=False,  # why\n)", "get(\n    u,  # where\n)"),
        ("get(\n    u,\n    verify=False,\n    timeout=3,\n)", "get(\n    u,\n    timeout=3,\n)"),
        ("get(\r\n    u,\r\n    verify=False\r\n)", "get(\r\n    u\r\n)"),
        ("(client\n .get(u, verify=False))", "(client\n .get(u))"),
        ("'é😀' + get('é😀', verify=False)", "'é😀' + get('é😀')"),
    ],
)
def test_an_argument_is_removed_with_its_comma(before: str, after: str) -> None:
    text = f"x = {before}\ny = 1\n"

    assert applied(text, remove_argument(text.encode(), *call_of(text, "get"), "verify")) == f"x = {after}\ny = 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("get(u, follow=True)", "get(u, follow=False)"),
        ("get()", "get(follow=False)"),
        ("get(u)", "get(u, follow=False)"),
        ("get(u,)", "get(u, follow=False,)"),
        ("get(\n    u,\n    t=3,  # slow\n)", "get(\n    u,\n    t=3,  # slow\n    follow=False,\n)"),
        ("get(\n    u\n)", "get(\n    u,\n    follow=False\n)"),
        ("get(\r\n    u,\r\n)", "get(\r\n    u,\r\n    follow=False,\r\n)"),
        ("get(*args)", "get(*args, follow=False)"),
    ],
)
def test_an_argument_is_added_in_the_style_of_the_call(before: str, after: str) -> None:
    text = f"x = {before}\n"
    edit = set_argument(text.encode(), *call_of(text, "get"), "follow", "False")

    assert applied(text, edit) == f"x = {after}\n"


@pytest.mark.parametrize("call", ["get(u, **options)", "get(u for u in us)"])
def test_an_argument_that_could_clash_is_not_added(call: str) -> None:
    text = f"x = {call}\n"

    assert set_argument(text.encode(), *call_of(text, "get"), "follow", "False") is None


def test_a_call_too_deep_for_a_parse_has_only_its_value_replaced() -> None:
    text = f"x = get({'(' * 120}u{')' * 120}, follow=True)\n"

    edit = set_argument(text.encode(), *call_of(text, "get"), "follow", "False")

    assert applied(text, edit) == text.replace("True", "False")
    assert remove_argument(text.encode(), *call_of(text, "get"), "follow") is None


def test_an_edit_touches_no_more_than_it_changes() -> None:
    text = "x = get(u, verify=False)\n"
    edit = remove_argument(text.encode(), *call_of(text, "get"), "verify")

    assert edit is not None
    assert (edit.start.column, edit.end.column, edit.text) == (10, 24, "")


def test_an_expression_is_replaced() -> None:
    text = "x = get(u)\n"

    assert applied(text, replace_value(*call_of(text, "get"), "None")) == "x = None\n"


METHOD = '''\
class A:
  @d
  async def f(x):
    """Doc.

    More."""

    # why
    return x
'''
CHECK = "if not allowed:\n    raise ValueError"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x):\n    return x\n", "def f(x):\n    if not allowed:\n        raise ValueError\n    return x\n"),
        (METHOD, METHOD.replace("    # why", "    if not allowed:\n      raise ValueError\n    # why")),
        ('def f():\n\t"""Doc."""\n', 'def f():\n\t"""Doc."""\n\tif not allowed:\n\t\traise ValueError\n'),
        ("def f(x): return x\n", "def f(x):\n    if not allowed:\n        raise ValueError\n    return x\n"),
        (
            "def f(x):\r\n    return x\r\n",
            "def f(x):\r\n    if not allowed:\r\n        raise ValueError\r\n    return x\r\n",
        ),
    ],
)
def test_a_statement_is_put_first_in_the_body(before: str, after: str) -> None:
    edit = insert_first_statement(before.encode(), function_of(before, "f"), CHECK)

    assert applied(before, edit) == after


LONG = "from a import (\n    b,\n)\nx = '''\nimport c\n'''\n"


def test_a_statement_is_put_before_the_one_that_holds_an_expression() -> None:
    text = "async def f(u):\n    if u:\n        async with c() as s:\n            x = [await get(u)]\n"
    edit = insert_before(text.encode(), *call_of(text, "get"), "check(u)")

    assert applied(text, edit) == text.replace("            x", "            check(u)\n            x")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import json\n\nx = 1\n", "import json\nimport os\n\nx = 1\n"),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\nimport os\n\nx = 1\n'),
        ("#!/usr/bin/env python\nx = 1\n", "#!/usr/bin/env python\nimport os\nx = 1\n"),
        (LONG, LONG.replace("x =", "import os\nx =")),
        ("import json\r\nx = 1\r\n", "import json\r\nimport os\r\nx = 1\r\n"),
        ("import json", "import json\nimport os\n"),
        ("import a\ndef f():\n    import b\nimport c\n", "import a\nimport os\ndef f():\n    import b\nimport c\n"),
        ("", "import os\n"),
    ],
)
def test_an_import_is_added_behind_the_last_one_at_the_top(before: str, after: str) -> None:
    assert applied(before, add_import(before.encode(), "server.py", "import os")) == after


@pytest.mark.parametrize(
    ("text", "statement"),
    [("import os\n", "import os"), ("import json, os\n", "import os"), ("from a import (b,\n c)\n", "from a import c")],
)
def test_an_import_is_not_added_twice(text: str, statement: str) -> None:
    assert add_import(text.encode(), "server.py", statement) is None


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfx = get(u, verify=False)\n", b"# coding: latin-1\nx = get('\xe9', verify=False)\n"]
)
def test_a_file_read_through_a_conversion_is_left_alone(data: bytes) -> None:
    facts = read(Source("server.py", "", data))
    assert isinstance(facts, FileFacts)
    (site,) = Program({"server.py": facts}).call_sites("get")

    assert remove_argument(data, *site, "verify") is None
    assert add_import(data, "server.py", "import os") is None


def test_the_parser_for_edits_is_loaded_only_when_an_edit_is_made() -> None:
    code = "import sys, analyzers, analyzers.fixes.rewrite; sys.exit('libcst' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
