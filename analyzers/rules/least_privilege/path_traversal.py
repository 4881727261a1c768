"""Arguments of a call that become part of a file path and lead out of its folder."""

from collections.abc import Iterator, Mapping

from analyzers.authority.containment import path_taints
from analyzers.authority.egress import BOUND
from analyzers.evidence.code_runners import CodeRunners
from analyzers.evidence.open_paths import Surroundings, by_folder, folders_kept, names_folder, told, weight
from analyzers.evidence.taint_drafts import by_server, causes
from analyzers.finding import Severity
from analyzers.fixes.paths import contained
from analyzers.frameworks.files import PLACE_MAKERS
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class PathTraversal(Rule):
    """
    ## What it finds
    An argument of a call in the path of a file that is read, written or deleted, where nothing keeps it in a folder:
    no check, one that only counts once a folder is configured, a check of the path before `..` and links are resolved,
    a prefix without the separator at its end, a search for `..` that an absolute path passes, a list of forbidden
    folders. What counts: `is_relative_to`, `relative_to` or `commonpath` on the resolved path, a prefix that ends in
    the separator, a name alone (`Path(x).name`), a pattern or a list.

    So is a folder named by what a hook keeps of each request, as the subject of its token: who issues tokens, or signs
    up, chooses that text.

    ## Why it matters
    `../../.ssh/id_rsa` and `/etc/passwd` are names as well. `os.path.join` and `Path / name` drop the folder when the
    name is absolute. A model that was talked into it reads keys and overwrites start-up files.

    On a server that only its own user runs, a tool that takes any path may be meant to: that is told with low
    confidence, unless another tool of the server keeps its paths in a folder or a check forbids some. Beside a tool
    that runs any code on the machine for the same callers, a path gives little more.

    ## Fix
    Resolve the whole path first, then refuse it unless it lies in the folder:
    `path = (ROOT / name).resolve()`, `if not path.is_relative_to(ROOT): raise ...`.
    """

    id = "path-traversal"
    summary = "an argument leads a file path out of its folder"
    principle = "least_privilege"
    severity = Severity.HIGH
    cwe = ("CWE-22", "CWE-73")
    owasp = ("MCP05",)
    spec = ("server/tools#security-considerations",)
    pattern = "one-tool-one-verb"
    examples = (
        py(
            """
            from pathlib import Path
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("notes")
            ROOT = Path("/srv/notes").resolve()

            @mcp.tool
            def read(name: str) -> str:
                return (ROOT / name).read_text()  # finding

            @mcp.tool
            def show(name: str) -> str:
                path = (ROOT / name).resolve()
                if not path.is_relative_to(ROOT):
                    raise ToolError("outside of the notes")
                return path.read_text()

            mcp.run(transport="http")
            """,
            fixed="""
            from pathlib import Path
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("notes")
            ROOT = Path("/srv/notes").resolve()

            @mcp.tool
            def read(name: str) -> str:
                if not (ROOT / name).resolve().is_relative_to(ROOT.resolve()):
                    raise ToolError("outside")
                return (ROOT / name).read_text()

            @mcp.tool
            def show(name: str) -> str:
                path = (ROOT / name).resolve()
                if not path.is_relative_to(ROOT):
                    raise ToolError("outside of the notes")
                return path.read_text()

            mcp.run(transport="http")
            """,
            note="a name of a file, and the resolved path compared",
        ),
        py(
            """
            import json
            from pathlib import Path
            from fastmcp import FastMCP

            mcp = FastMCP("notes")
            ROOT = Path("/srv/notes")

            def path_of(user: str) -> Path:
                return ROOT / f"{user}_notes.json"  # finding

            @mcp.tool
            def read(user: str) -> str:
                return path_of(user).read_text()

            @mcp.tool
            def write(user: str, text: str) -> None:
                path = path_of(user)
                path.parent.mkdir(parents=True, exist_ok=True)
                with open(path, "w") as file:
                    json.dump(text, file)

            mcp.run(transport="http")
            """,
            note="one function makes the path for all",
        ),
        py(
            """
            import os
            import shutil
            from pathlib import Path
            from fastmcp import FastMCP

            mcp = FastMCP("files")
            BASE = os.environ["FILES"]

            @mcp.tool
            def prefix(name: str) -> str:
                path = os.path.realpath(os.path.join(BASE, name))
                if not path.startswith(BASE):
                    raise ValueError("outside")
                return open(path).read()  # finding

            @mcp.tool
            def early(name: str) -> str:
                path = os.path.join(BASE, name)
                if not path.startswith(BASE + os.sep):
                    raise ValueError("outside")
                return open(path).read()  # finding

            @mcp.tool
            def dots(name: str) -> str:
                if ".." in name:
                    raise ValueError("outside")
                return Path(BASE, name).read_text()  # finding

            @mcp.tool
            def other(name: str, folder: str) -> None:
                if not Path(BASE, folder).resolve().is_relative_to(BASE):
                    raise ValueError("outside")
                shutil.rmtree(os.path.join(BASE, name))  # finding

            @mcp.tool
            def stored(name: str, text: str) -> None:
                with open(f"{BASE}/{name}.txt", "w") as file:  # finding
                    file.write(text)

            mcp.run()
            """,
            fixed="""
            import os
            import shutil
            from pathlib import Path
            from fastmcp import FastMCP

            mcp = FastMCP("files")
            BASE = os.environ["FILES"]

            @mcp.tool
            def prefix(name: str) -> str:
                path = os.path.realpath(os.path.join(BASE, name))
                if not path.startswith(BASE):
                    raise ValueError("outside")
                if not Path(path).resolve().is_relative_to(Path(BASE).resolve()):
                    raise ValueError("outside")
                return open(path).read()

            @mcp.tool
            def early(name: str) -> str:
                path = os.path.join(BASE, name)
                if not path.startswith(BASE + os.sep):
                    raise ValueError("outside")
                if not Path(path).resolve().is_relative_to(Path(BASE).resolve()):
                    raise ValueError("outside")
                return open(path).read()

            @mcp.tool
            def dots(name: str) -> str:
                if ".." in name:
                    raise ValueError("outside")
                if not Path(BASE, name).resolve().is_relative_to(Path(BASE).resolve()):
                    raise ValueError("outside")
                return Path(BASE, name).read_text()

            @mcp.tool
            def other(name: str, folder: str) -> None:
                if not Path(BASE, folder).resolve().is_relative_to(BASE):
                    raise ValueError("outside")
                if not Path(os.path.join(BASE, name)).resolve().is_relative_to(Path(BASE).resolve()):
                    raise ValueError("outside")
                shutil.rmtree(os.path.join(BASE, name))

            @mcp.tool
            def stored(name: str, text: str) -> None:
                if not Path(f"{BASE}/{name}.txt").resolve().is_relative_to(Path(BASE).resolve()):
                    raise ValueError("outside")
                with open(f"{BASE}/{name}.txt", "w") as file:
                    file.write(text)

            mcp.run()
            """,
            note="a sibling folder, a check before resolving, an absolute path, another value, no check; for one user",
        ),
        py(
            """
            from fastmcp import FastMCP

            mcp = FastMCP("any")

            @mcp.tool
            def read(path: str) -> str:
                with open(path) as file:  # finding
                    return file.read()

            mcp.run(transport="http")
            """,
            fixed="""
            from fastmcp import FastMCP
            from pathlib import Path

            # Decide: the folder that these files lie in.
            FILES_ROOT = Path("/srv/files").resolve()

            mcp = FastMCP("any")

            @mcp.tool
            def read(path: str) -> str:
                if not Path(path).resolve().is_relative_to(FILES_ROOT):
                    raise ValueError("outside")
                with open(path) as file:
                    return file.read()

            mcp.run(transport="http")
            """,
            note="any file at all, over the network",
        ),
        py(
            """
            import os
            import re
            from pathlib import Path
            from typing import Literal
            from fastmcp import FastMCP
            from safety import inside

            mcp = FastMCP("careful")
            BASE = os.path.realpath(os.environ["FILES"])
            ROOT = Path(BASE)
            PAGES = {"start": "start.md"}

            @mcp.tool
            def separator(name: str) -> str:
                path = os.path.realpath(os.path.join(BASE, name))
                if not path.startswith(BASE + os.sep):
                    raise ValueError("outside")
                return open(path).read()

            @mcp.tool
            def helped(name: str) -> str:
                return inside(ROOT, name).read_text()

            @mcp.tool
            def one_name(name: str) -> str:
                return (ROOT / os.path.basename(name)).read_text()

            @mcp.tool
            def matched(name: str) -> str:
                if not re.fullmatch(r"[a-z0-9_-]+", name):
                    raise ValueError("bad name")
                return open(f"{BASE}/{name}.md").read()

            @mcp.tool
            def page(name: str, kind: Literal["a", "b"], number: int) -> str:
                return (ROOT / PAGES[name]).read_text() + (ROOT / kind / f"{number}.md").read_text()

            mcp.run(transport="http")
            """,
            safety="""
            from pathlib import Path

            def inside(root: Path, name: str) -> Path:
                path = root.joinpath(name).resolve()
                if not path.is_relative_to(root):
                    raise ValueError("outside")
                return path
            """,
            note="resolved and compared, one name, a pattern, a list",
        ),
        py(
            """
            import sys
            from pathlib import Path
            from fastmcp import FastMCP

            mcp = FastMCP("notes")
            ROOT = Path("/srv/notes")

            def refuse(text: str) -> None:
                print(text)
                raise ValueError(text)

            def complain(text: str) -> None:
                print(text)

            @mcp.tool
            def read(name: str) -> str:
                path = (ROOT / name).resolve()
                try:
                    path.relative_to(ROOT)
                except ValueError:
                    refuse("outside")
                return path.read_text()

            @mcp.tool
            def show(name: str) -> str:
                path = (ROOT / name).resolve()
                try:
                    path.relative_to(ROOT)
                except ValueError:
                    complain("outside")
                return path.read_text()  # finding

            mcp.run(transport="http")
            """,
            note="a function that always raises refuses, one that only tells does not",
        ),
        py(
            """
            import hashlib
            import os
            from pathlib import Path
            from mcp.server.fastmcp import FastMCP
            from runner import serve
            from state import current

            mcp = FastMCP("notes")

            def folder(subject: str) -> Path:
                return Path(os.environ["DATA"]) / "subjects" / subject  # finding

            def hashed(subject: str) -> Path:
                return Path(os.environ["DATA"]) / hashlib.sha256(subject.encode()).hexdigest()

            @mcp.tool()
            def read() -> str:
                return (folder(current.get()) / "notes.md").read_text()

            @mcp.tool()
            def show() -> str:
                return (hashed(current.get()) / "notes.md").read_text()

            async def scope(claims: dict, proceed) -> None:
                token = current.set(claims.get("sub"))
                try:
                    await proceed()
                finally:
                    current.reset(token)

            serve(mcp, around=scope)
            """,
            state="""
            from contextvars import ContextVar

            current: ContextVar[str | None] = ContextVar("current", default=None)
            """,
            note="a folder for each subject, named by it or by its hash",
        ),
        py(
            """
            import os
            from fastmcp import FastMCP

            mcp = FastMCP("editor")

            @mcp.tool
            def read(path: str) -> str:
                with open(os.path.expanduser(path)) as file:  # finding
                    return file.read()

            mcp.run()
            """,
            note="the files of the one user who runs it, perhaps by design",
        ),
        py(
            """
            import zipfile
            from pathlib import Path
            import docker
            import joblib
            from fastmcp import FastMCP

            mcp = FastMCP("models")
            engine = docker.from_env()
            HOME = Path("/srv/models")

            @mcp.tool
            def predict(name: str, value: float) -> float:
                return joblib.load(f"/srv/models/{name}").predict([[value]])[0]  # finding

            @mcp.tool
            def unpack(folder: str) -> None:
                with zipfile.ZipFile("/srv/inbox/latest.zip") as archive:
                    archive.extractall("/srv/models/" + folder)  # finding

            @mcp.tool
            def train(folder: str) -> str:
                mounts = {f"/srv/data/{folder}": {"bind": "/data", "mode": "ro"}}
                return engine.containers.run("trainer:3", volumes=mounts, detach=True).id  # finding

            @mcp.tool
            def known(name: str) -> str:
                path = (HOME / name).resolve()
                if not path.is_relative_to(HOME):
                    raise ValueError("not one of ours")
                return str(joblib.load(path))

            mcp.run(transport="http")
            """,
            note="a model that is loaded, an archive that is unpacked, a folder that a container sees",
        ),
        py(
            """
            import os
            import subprocess
            from pathlib import Path
            import git
            from fastmcp import FastMCP

            mcp = FastMCP("captures")
            STORE = os.environ["CAPTURES"]
            FORBIDDEN = {"/etc", "/root"}

            @mcp.tool
            def capture(name: str) -> None:
                subprocess.run(["tcpdump", "-c", "10", "-w", os.path.join(STORE, name)])  # finding

            @mcp.tool
            def stage(names: list[str]) -> None:
                git.Repo(STORE).index.add(names)  # finding

            @mcp.tool
            def read(path: str) -> str:
                where = Path(path).resolve()
                if any(str(where).startswith(folder) for folder in FORBIDDEN):
                    raise ValueError("forbidden")
                return where.read_text()  # finding

            @mcp.tool
            def known(name: str) -> None:
                subprocess.run(["tcpdump", "-c", "10", "-w", os.path.join(STORE, os.path.basename(name))])

            mcp.run()
            """,
            note="a path that a program is given, one in a repository, one that is only not forbidden",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point and each function that opens a path of its arguments."""
        taints = path_taints(analysis.rows)
        found = [taint for taint in taints if taint.verdict.state != BOUND]
        kept = folders_kept(analysis.rows, taints)
        made = {
            (taint.row.key, label) for taint in found if taint.effect.name in PLACE_MAKERS for label in taint.chosen
        }
        bounded = [taint for taint in found if names_folder(taint)]
        free = [taint for taint in found if not names_folder(taint)]
        around = Surroundings(made, kept, CodeRunners(analysis.rows))
        for cause in (*causes(analysis, bounded, by_folder, weight), *causes(analysis, free, by_server, weight)):
            yield from told(cause, around)

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Refuse what the whole path, resolved, does not keep in its folder."""
        return contained(draft, analysis, texts)
