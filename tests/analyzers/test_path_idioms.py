"""What keeps a path in its folder, in the ways in which servers write it, and what looks like it and does not."""

import textwrap

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import fixed_by, tree_of

SERVER = """
import os
import re
import sqlite3
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
BASE = os.path.realpath(os.environ["FILES"])
ROOT = Path(BASE)
DB = sqlite3.connect("pages.db")
CLEAN = re.compile(r"[^A-Za-z0-9._-]+")
LOOSE = re.compile(r"[^A-Za-z0-9./_-]+")
SPLITTING = re.compile(r"[/\\\\\\x00-\\x1f]")
HIDING = re.compile(r"[\\x00-\\x1f<>]")
PAPER = re.compile("^([0-9]{4}[.][0-9]{5}|[a-z-]+/[0-9]{7})$", re.IGNORECASE)

def fetch(name: str) -> str:
    return DB.execute("SELECT text FROM pages WHERE name = ?", (name,)).fetchone()[0]

def paper(name: str) -> str | None:
    text = name.strip()
    if not PAPER.match(text):
        return None
    return text

def is_inside(name: str) -> bool:
    if not name:
        return True
    return (ROOT / name).resolve().is_relative_to(ROOT)

"""
KEPT = {
    "an ending": """
        return (ROOT / f"upload{os.path.splitext(name)[1]}").read_text()
    """,
    "an ending that is unpacked": """
        _, ending = os.path.splitext(name)
        return open(os.path.join(BASE, "upload" + ending)).read()
    """,
    "a separator found by a pattern": """
        if name in (".", "..") or SPLITTING.search(name):
            raise ValueError("not a name")
        return (ROOT / name).read_text()
    """,
    "separators and other characters replaced": """
        return (ROOT / re.sub(r'[<>:"/\\\\|?*]', "_", name)).read_text()
    """,
    "reduced to plain characters by a compiled pattern": """
        stem = CLEAN.sub("_", name)[:40] or "order"
        part = ROOT / f"{stem}-{os.getpid()}.json"
        return part.with_name(part.name + ".part").read_text()
    """,
    "each segment compared with what leads up": """
        if name.startswith("/") or any(part in ("", ".", "..") for part in name.split("/")):
            raise ValueError("not a key")
        return (ROOT / name).read_text()
    """,
    "the parts of a path compared with what leads up": """
        if Path(name).is_absolute() or any(part == ".." for part in Path(name).parts):
            raise ValueError("not a name")
        return (ROOT / name).read_text()
    """,
    "what stands behind the last separator": """
        return (ROOT / name.rsplit("/", 1)[-1]).read_text() + (ROOT / name.split("/")[-1]).read_text()
    """,
    "a last part that is unpacked": """
        _, _, last = name.rpartition("/")
        return (ROOT / last).read_text()
    """,
    "a compiled pattern given to re.sub": """
        return (ROOT / f"order-{re.sub(CLEAN, '_', name)}.json").read_text()
    """,
    "commonpath of the resolved path": """
        path = os.path.realpath(os.path.join(BASE, name))
        if os.path.commonpath([BASE, path]) != BASE:
            raise ValueError("outside")
        return open(path).read()
    """,
    "the parents of the resolved path": """
        path = (ROOT / name).resolve()
        if path != ROOT and ROOT not in path.parents:
            raise ValueError("outside")
        return path.read_text()
    """,
    "relative_to raises": """
        path = (ROOT / name).resolve()
        path.relative_to(ROOT)
        return path.read_text()
    """,
    "other characters replaced": """
        return (ROOT / re.sub(r"[^A-Za-z0-9_-]", "_", name)).read_text()
    """,
    "other characters left out": """
        return (ROOT / "".join(c for c in name if c.isalnum() or c in "-_")).read_text()
    """,
    "a pattern, and the name handed through a handler": """
        known = None
        try:
            if not PAPER.match(name):
                raise ValueError("bad name")
            known = str(name)
            return fetch(known)
        except OSError:
            return (ROOT / known).read_text() if known is not None else ""
    """,
    "a name that a database holds": """
        row = DB.execute("SELECT kind FROM pages WHERE name = ?", (name,)).fetchone()
        return (ROOT / name).read_text() if row is not None else ""
    """,
    "one of several folders": """
        resolved = os.path.realpath(name)
        allowed = False
        for root in (BASE, "/srv/shared"):
            try:
                if os.path.commonpath([resolved, root]) == root:
                    allowed = True
                    break
            except ValueError:
                continue
        if not allowed:
            raise ValueError("outside")
        return open(resolved).read()
    """,
    "neither dots nor absolute": """
        if ".." in name or os.path.isabs(name):
            raise ValueError("outside")
        return (ROOT / name).read_text()
    """,
    "no dots where it begins, once normalized": """
        if os.path.isabs(name):
            raise ValueError("outside")
        if os.path.normpath(name).startswith(".."):
            raise ValueError("outside")
        return open(os.path.join(BASE, name)).read()
    """,
    "one of two kinds, or the first": """
        if name not in ("a", "b"):
            name = "a"
        return (ROOT / name).read_text()
    """,
    "what a function gives back where it is a text that fits": """
        found = paper(name) if isinstance(name, str) else None
        if found is None:
            raise ValueError("not a paper")
        return (ROOT / f"{found}.md").read_text()
    """,
    "a check unless it is empty": """
        if name and not is_inside(name):
            raise ValueError("outside")
        return (ROOT / name / "index.md").read_text()
    """,
    "a check that lets the empty name through": """
        if not is_inside(name):
            raise ValueError("outside")
        return (ROOT / name / "index.md").read_text()
    """,
}
PASSED = {
    "what comes before an ending": """
        return (ROOT / f"{os.path.splitext(name)[0]}.md").read_text()
    """,
    "characters that separate nothing found by a pattern": """
        if name in (".", "..") or HIDING.search(name):
            raise ValueError("not a name")
        return (ROOT / name).read_text()
    """,
    "what a function gives back, or what was sent": """
        found = paper(name) if len(name) > 3 else name
        if found is None:
            raise ValueError("not a paper")
        return (ROOT / f"{found}.md").read_text()
    """,
    "what stands behind the first separator": """
        return (ROOT / name.split("/", 1)[-1]).read_text()
    """,
    "each word between hyphens": """
        if any(part == ".." for part in name.split("-")):
            raise ValueError("not a name")
        return (ROOT / name).read_text()
    """,
    "all segments must lead up to be refused": """
        if all(part == ".." for part in name.split("/")):
            raise ValueError("not a name")
        return (ROOT / name).read_text()
    """,
    "nothing": """
        return (ROOT / name).read_text()
    """,
    "a prefix without separator": """
        path = os.path.realpath(os.path.join(BASE, name))
        if not path.startswith(BASE):
            raise ValueError("outside")
        return open(path).read()
    """,
    "dots alone": """
        if ".." in name:
            raise ValueError("outside")
        return (ROOT / name).read_text()
    """,
    "no dots where it begins, as written": """
        if os.path.isabs(name) or name.startswith(".."):
            raise ValueError("outside")
        return open(os.path.join(BASE, name)).read()
    """,
    "no dots where it begins, once resolved": """
        if os.path.isabs(name) or os.path.abspath(name).startswith(".."):
            raise ValueError("outside")
        return open(os.path.join(BASE, name)).read()
    """,
    "a kind that is kept unless it is one of two": """
        if name in ("a", "b"):
            name = "a"
        return (ROOT / name).read_text()
    """,
    "an absolute path alone": """
        if os.path.isabs(name):
            raise ValueError("outside")
        return (ROOT / name).read_text()
    """,
}


def told_of(body: str) -> list[str]:
    """Return the rules that tell of a tool with a body, of those about paths."""
    inner = textwrap.indent(textwrap.dedent(body), "    ")
    program = f"{SERVER}@mcp.tool\ndef read(name: str) -> str:{inner}\nmcp.run(transport='http')\n"
    report = analyze(tree_of({"server.py": program}))
    assert report.failures == ()
    return [finding.rule for finding in report.findings if finding.rule == "path-traversal"]


@pytest.mark.parametrize("body", KEPT.values(), ids=KEPT)
def test_a_path_that_is_kept_in_its_folder_is_no_finding(body: str) -> None:
    assert told_of(body) == []


@pytest.mark.parametrize("body", PASSED.values(), ids=PASSED)
def test_a_path_that_a_check_does_not_keep_is_one(body: str) -> None:
    assert told_of(body) == ["path-traversal"]


RECURSIVE = """
import json
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("accounts")
ROOT = Path("/srv/accounts")

def folder(kind: str) -> Path:
    safe = "".join(c for c in kind if c.isalnum())
    return ROOT / safe if safe else ROOT

def store(user: str, text: str, plain: bool) -> None:
    if plain:
        save(user, text, folder("plain"))
    else:
        seal(folder("sealed") / f"{user}_account.enc", text)  # here

def save(user: str, text: str, base: Path) -> None:
    if base == ROOT:
        store(user, text, False)

def seal(path: Path, text: str) -> None:
    with open(path, "w") as file:
        json.dump(text, file)

@mcp.tool
def keep(user: str, text: str) -> None:
    save(user, text, ROOT)

mcp.run(transport="http")
"""


def test_the_place_is_where_functions_that_call_each_other_make_the_path() -> None:
    report = analyze(tree_of({"server.py": RECURSIVE}))
    (found,) = (finding for finding in report.findings if finding.rule == "path-traversal")

    assert "# here" in RECURSIVE.splitlines()[found.location.line - 1]
    assert found.severity.name == "MEDIUM"


BEGUN = """
import os
import time
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("speech")
ROOT = Path("/srv/speech")

@mcp.tool
def save(text: str, kind: str, data: str) -> None:
    {made}
    {path}.write_text(data)

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("path", "made", "severity"),
    [
        ('(ROOT / f"speech_{text[:10]}_{time.time()}.{kind}")', "pass", "LOW"),
        ('Path(f"/srv/speech/of_{text}.txt")', "pass", "LOW"),
        ('(ROOT / f"speech_{text}" / "data.txt")', 'os.makedirs(f"/srv/speech/speech_{text}")', "MEDIUM"),
        ('(ROOT / f"speech_{text}").resolve()', "pass", "HIGH"),
        ('(ROOT / f".{text}")', "pass", "HIGH"),
        ('(ROOT / f"speech_{text}/{kind}.txt")', "pass", "HIGH"),
        ('(ROOT / f"speech_{text}" / f"{kind}.txt")', "pass", "HIGH"),
    ],
)
def test_who_writes_within_a_name_needs_a_folder_that_begins_as_it_does(path: str, made: str, severity: str) -> None:
    report = analyze(tree_of({"server.py": BEGUN.format(path=path, made=made)}))
    found = [finding for finding in report.findings if finding.rule == "path-traversal"]

    assert {finding.severity.name for finding in found} == {severity}
    assert all((finding.confidence.name == "LOW") == (severity == "LOW") for finding in found)


ARCHIVE = """
import base64
import io
import os
import tarfile
import zipfile
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("models")
HOME = Path("/srv/models")

@mcp.tool
def unpack(data: str, folder: str) -> None:
    held = io.BytesIO(base64.b64decode(data))
    {opened}
        {unpacked}

mcp.run(transport="http")
"""
TAR, ZIP = "with tarfile.open(fileobj=held) as archive:", "with zipfile.ZipFile(held) as archive:"
EACH = "for name in archive.namelist():\n            "


@pytest.mark.parametrize(
    ("opened", "unpacked", "fix"),
    [
        (TAR, "archive.extractall(HOME)", 'archive.extractall(HOME, filter="data")'),
        (
            TAR,
            "for member in archive.getmembers():\n            archive.extract(member, path=HOME)",
            'archive.extract(member, path=HOME, filter="data")',
        ),
        (TAR, 'archive.extractall(HOME / folder, filter="data")', "(HOME / folder).resolve().is_relative_to("),
        (ZIP, f"{EACH}(HOME / name).write_bytes(archive.read(name))", "is_relative_to(HOME.resolve())"),
        (ZIP, f"{EACH}open(os.path.join(HOME, name), 'wb').write(archive.read(name))", "is_relative_to("),
    ],
)
def test_an_archive_of_a_caller_names_its_members(opened: str, unpacked: str, fix: str) -> None:
    text = ARCHIVE.format(opened=opened, unpacked=unpacked)
    _, changed = fixed_by({"server.py": text}, "path-traversal")

    assert fix in changed["server.py"]


@pytest.mark.parametrize(
    ("opened", "unpacked"),
    [
        (TAR, 'archive.extractall(HOME, filter="data")'),
        (TAR.replace("fileobj=held", '"/srv/inbox/latest.tar"'), "archive.extractall(HOME)"),
        (ZIP, "archive.extractall(HOME)"),
        (ZIP, f"{EACH}(HOME / os.path.basename(name)).write_bytes(archive.read(name))"),
        (ZIP.replace("held", '"/srv/inbox/latest.zip"'), f"{EACH}(HOME / name).write_bytes(archive.read(name))"),
        (ZIP, "print(archive.namelist(), len(held.getvalue()))"),
    ],
)
def test_members_that_stay_in_the_folder_or_that_no_caller_names_are_left_alone(opened: str, unpacked: str) -> None:
    report = analyze(tree_of({"server.py": ARCHIVE.format(opened=opened, unpacked=unpacked)}))

    assert not [item for item in report.findings if item.rule == "path-traversal"]


LOCAL = """
import os
import tempfile
from pathlib import Path
from fastmcp import FastMCP
from settings import load

mcp = FastMCP("drafts")
settings = load()

@mcp.tool
def check(name: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        {body}

mcp.run()
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("(Path(folder) / name).write_text(text)", True),
        ("open(os.path.join(settings.drafts, name)).read()", True),
        ("(Path(folder) / os.path.basename(name)).write_text(text)", False),
        ("(Path.cwd() / name).read_text()", False),
        ("open(os.path.join(os.getcwd(), name)).read()", False),
        ("(Path.home() / name).read_text()", False),
        ("open(name).read()", False),
    ],
)
def test_for_one_user_a_folder_of_the_server_is_left_and_where_paths_begin_is_not(body: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": LOCAL.format(body=body)}))

    assert any(item.rule == "path-traversal" and item.confidence > Confidence.LOW for item in report.findings) is told


SIBLING = """
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path(os.environ["NOTES"]).resolve()

@mcp.tool
def read(name: str) -> str:
    path = (ROOT / name).resolve()
    if not path.is_relative_to({root}):
        raise ValueError("outside")
    return path.read_text()

@mcp.tool
def load(path: str) -> str:
    return Path(path).read_text()

mcp.run()
"""


@pytest.mark.parametrize(("root", "confidence"), [("ROOT", Confidence.MEDIUM), ("Path(name)", Confidence.LOW)])
def test_any_file_of_one_user_is_told_aloud_where_another_tool_keeps_to_a_folder(
    root: str, confidence: Confidence
) -> None:
    report = analyze(tree_of({"server.py": SIBLING.format(root=root)}))

    assert [item.confidence for item in report.findings if "`load`" in item.message] == [confidence]


FORBIDS = """
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
HOME = os.path.expanduser("~")
BLOCKED = (os.path.join(HOME, ".aws"), "/etc/shadow")
PAGES = {{"/start", "/end"}}

def is_blocked(path: str) -> bool:
    for folder in BLOCKED:
        if path == folder or path.startswith(folder + os.sep):
            return True
    return False

@mcp.tool
def read(name: str) -> str:
    path = os.path.realpath(name)
    if {test}:
        raise ValueError("forbidden")
    return open(path).read()

mcp.run()
"""


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("is_blocked(path)", True),
        ("any(Path(path).is_relative_to(folder) for folder in BLOCKED)", True),
        ("path in BLOCKED", True),
        ("path in PAGES", False),
        ("path.endswith('.exe')", False),
    ],
)
def test_a_list_of_forbidden_folders_leaves_all_others_open(test: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": FORBIDS.format(test=test)}))
    messages = [item.message for item in report.findings if item.confidence > Confidence.LOW]

    assert any("only some folders are forbidden" in message for message in messages) is told


SENT = """
import asyncio
import os
import telethon
from fastmcp import FastMCP

mcp = FastMCP("sender")
client = telethon.TelegramClient("me", 1, "x")
FOLDER = os.environ["CAPTURES"]

@mcp.tool
async def send(name: str) -> None:
    words = ["tshark", "-i", "any"]
    {body}

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("await client.send_file('me', name)", True),
        ("await client.send_message('me', name)", False),
        ("await asyncio.create_subprocess_exec(*words, '-w', name)", True),
        ("await asyncio.create_subprocess_exec(*words, os.path.join(FOLDER, name))", True),
        ("await asyncio.create_subprocess_exec(*words, '-f', name)", False),
    ],
)
def test_files_that_clients_send_and_programs_write_are_files(body: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": SENT.format(body=body)}))

    assert any(item.rule == "path-traversal" for item in report.findings) is told


def test_a_list_that_holds_itself_has_an_end() -> None:
    text = """
    from fastmcp import FastMCP
    from words import more

    mcp = FastMCP("files")

    @mcp.tool
    def read(name: str) -> str:
        refused = ["..", "/"]
        while more():
            refused = frozenset([refused])
        if any(part in name for part in refused):
            raise ValueError(name)
        return open(name).read()

    mcp.run(transport="http")
    """
    report = analyze(tree_of({"server.py": text}))

    assert [row.name for row in report.tools] == ["read"]
    assert report.failures == ()


@pytest.mark.parametrize(
    ("asked", "told"),
    [("describe_type(Type='RESOURCE', TypeName=name)", False), ("list_types(Filters={'TypeNamePrefix': name})", True)],
)
def test_a_name_that_a_service_knows_leads_out_of_no_folder(asked: str, told: bool) -> None:
    server = f"""
import boto3
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("types")
ROOT = Path("/srv/types")

@mcp.tool
def save(name: str) -> None:
    found = boto3.Session().client("cloudformation").{asked}
    (ROOT / f"{{name}}.json").write_text(found["Schema"])

mcp.run(transport="http")
"""
    report = analyze(tree_of({"server.py": server}))

    assert any(item.rule == "path-traversal" for item in report.findings) is told
