"""However a text is put together from an argument, it is told at every call that reads it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

HEAD = """
import asyncio, io, os, sqlite3, string, subprocess, textwrap, urllib.request
from pathlib import Path
from typing import Annotated, Optional
import httpx
import requests
from fastmcp import FastMCP
from pydantic import BaseModel, Field

mcp = FastMCP("shop")
PREFIX = "BEFORE"
db = sqlite3.connect("a.db")

class Asked(BaseModel):
    word: str

def built(word: str) -> str:
    return PREFIX + word

class Maker:
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def make(self, word: str) -> str:
        return f"{self.prefix}{word}"

maker = Maker(PREFIX)
"""
# The parameters of a tool, what it does first, and the text that it makes.
FORMS = {
    "sum": ("word: str", "", '"BEFORE" + word + "BEHIND"'),
    "sum with a constant": ("word: str", "", "PREFIX + word"),
    "f-string": ("word: str", "", 'f"BEFORE{word}BEHIND"'),
    "format": ("word: str", "", '"BEFORE{}BEHIND".format(word)'),
    "format by name": ("word: str", "", '"BEFORE{w}BEHIND".format(w=word)'),
    "format of a table": ("word: str", "", '"BEFORE{word}BEHIND".format(**{"word": word})'),
    "percent": ("word: str", "", '"BEFORE%sBEHIND" % word'),
    "percent of a tuple": ("word: str", "", '"BEFORE%sBEHIND" % (word,)'),
    "percent of a table": ("word: str", "", '"BEFORE%(w)sBEHIND" % {"w": word}'),
    "template": ("word: str", "", 'string.Template("BEFORE${w}BEHIND").substitute(w=word)'),
    "placeholder": ("word: str", "", '"BEFOREHEREBEHIND".replace("HERE", word)'),
    "join": ("word: str", "", '"".join(["BEFORE", word, "BEHIND"])'),
    "join of what was appended": ("word: str", 'parts = ["BEFORE"]\n    parts.append(word)', '"".join(parts)'),
    "join of a list": ("words: list[str]", "", '"BEFORE" + " ".join(words)'),
    "join of a comprehension": ("words: list[str]", "", '"BEFORE" + "".join(w for w in words)'),
    "local": ("word: str", 'text = f"BEFORE{word}BEHIND"', "text"),
    "augmented": ("word: str", 'text = "BEFORE"\n    text += word', "text"),
    "walrus": ("word: str", 'if not (text := "BEFORE" + word):\n        return ""', "text"),
    "unpacked": ("word: str", 'text, other = "BEFORE" + word, 1', "text"),
    "choice": ("word: str", 'text = "BEFORE" + word if word else "BEFOREx"', "text"),
    "try": (
        "word: str",
        'try:\n        text = "BEFORE" + word\n    except TypeError:\n        text = "BEFOREx"',
        "text",
    ),
    "match": (
        "word: str",
        'match word:\n        case "":\n            text = "BEFOREx"\n        case it:\n            text = "BEFORE"+it',
        "text",
    ),
    "loop": ("words: list[str]", 'text = "BEFORE"\n    for one in words:\n        text = text + one', "text"),
    "function": ("word: str", "", "built(word)"),
    "method": ("word: str", "", "maker.make(word)"),
    "lambda": ("word: str", 'make = lambda w: "BEFORE" + w', "make(word)"),
    "model": ("asked: Asked", "", '"BEFORE" + asked.word'),
    "table": ("asked: dict", "", '"BEFORE" + asked["word"]'),
    "table with a default": ("asked: dict", "", '"BEFORE" + asked.get("word", "x")'),
    "annotated": ('word: Annotated[str, Field(description="w")]', "", '"BEFORE" + word'),
    "optional": ("word: Optional[str] = None", "", '"BEFORE" + (word or "x")'),
    "stripped": ("word: str", "", '"BEFORE" + word.strip().lower()'),
    "dedented": ("word: str", "", 'textwrap.dedent(f"BEFORE{word}BEHIND")'),
}
SINKS = {
    ("command-injection", "ls ", " -l"): (
        *(
            "subprocess.run(TEXT, shell=True)",
            "subprocess.call(TEXT, shell=True)",
            "subprocess.Popen(TEXT, shell=True)",
        ),
        *("subprocess.check_output(TEXT, shell=True)", "subprocess.check_call(TEXT, shell=True)", "os.system(TEXT)"),
        *("subprocess.getoutput(TEXT)", "subprocess.getstatusoutput(TEXT)", "os.popen(TEXT)"),
        *('subprocess.run(["sh", "-c", TEXT])', 'subprocess.run(["/bin/bash", "-lc", TEXT])'),
        *("subprocess.run(args=TEXT, shell=True)", 'subprocess.run(TEXT, **{"shell": True})'),
        "asyncio.run(asyncio.create_subprocess_shell(TEXT))",
    ),
    ("query-injection", "SELECT * FROM t WHERE a = '", "'"): (
        *("db.execute(TEXT)", "db.cursor().execute(TEXT)", "db.executescript(TEXT)"),
    ),
    ("path-traversal", "/srv/data/", ".txt"): (
        *("open(TEXT).read()", "open(file=TEXT).read()", "io.open(TEXT).read()", "Path(TEXT).read_text()"),
        *("open(Path(TEXT)).read()", "open(os.path.expanduser(TEXT)).read()", "os.remove(TEXT)", "os.listdir(TEXT)"),
    ),
    ("ssrf-model-controlled-host", "http://", "/x"): (
        *("httpx.get(TEXT)", "httpx.get(url=TEXT)", "httpx.Client().get(TEXT)", "requests.get(TEXT)"),
        *('requests.request("GET", TEXT)', "requests.Session().get(TEXT)", "requests.post(TEXT, json={})"),
        "urllib.request.urlopen(TEXT)",
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", SINKS, ids=[rule for rule, *_ in SINKS])
def test_a_text_is_told_at_every_call_that_reads_it(kind: tuple[str, str, str], form: str) -> None:
    rule, before, behind = kind
    parameters, first, text = FORMS[form]
    tools = [
        f"\n@mcp.tool\ndef tool_{number}({parameters}) -> str:\n    {first or 'pass'}\n    return str({sink})\n"
        for number, sink in enumerate(sink.replace("TEXT", text) for sink in SINKS[kind])
    ]
    program = "\n".join((HEAD, *tools, 'mcp.run(transport="http")\n'))
    report = analyze(tree_of({"server.py": program.replace("BEFORE", before).replace("BEHIND", behind)}))

    told = {name.rpartition(":")[2] for finding in report.findings if finding.rule == rule for name in finding.tools}
    assert told == {f"tool_{number}" for number in range(len(tools))}
