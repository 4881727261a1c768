"""A corpus made for one test: a server with a weakness, its fix, and an ordinary change after it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

WEAK = """\
import httpx
from fastmcp import FastMCP

mcp = FastMCP("weather")


@mcp.tool
def forecast(city: str) -> str:
    return httpx.get("https://weather.example.org/v1", params={"q": city}, verify=False).text


if __name__ == "__main__":
    mcp.run()
"""
FIXED = WEAK.replace(", verify=False", "").replace("import httpx\n", "import httpx  # verifies\n\n")
SAFE = '"""Nothing to see."""\n\nLIMIT = 3\n'
GIT = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
CLASS = "tls-verification-off"


class TinyCorpus:
    """A folder of labels beside one clone, `acme/weather`, whose commits are named by what they hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clone = folder / "repos" / "acme+weather"
        self.clone.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.empty = self.commit({"safe.py": SAFE}, "start")
        self.weak = self.commit({"server.py": WEAK}, "feat: add forecasts (#1)")
        self.fixed = self.commit({"server.py": FIXED}, "fix: verify the peer (#2)")
        self.grown = self.commit({"safe.py": SAFE + "MORE = 4\n"}, "feat: add a limit (#3)")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.clone), *arguments]
        return subprocess.run(command, env={**os.environ, **GIT}, check=True, capture_output=True, text=True).stdout

    def commit(self, files: dict[str, str], subject: str) -> str:
        for name, text in files.items():
            (self.clone / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD").strip()

    def label(self, file: str, **values: object) -> None:
        with (self.folder / file).open("a") as lines:
            lines.write(json.dumps({"repo": "acme/weather", **values}) + "\n")

    def pair(self, **changes: object) -> None:
        """Label the weakness that `weak` has and `fixed` has not."""
        values = {
            "id": "forecast", "class": CLASS, "vulnerable_commit": self.weak, "fix_commit": self.fixed,
            "language": "python", "difficulty": "local", "why": "accepts any certificate",
            "locations": [{"path": "server.py", "lines": [[9, 9]], "file_lines": 13}],
        }  # fmt: skip
        self.label("pairs.jsonl", **values | changes)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyCorpus:
    monkeypatch.setenv("SKILLAUDIT_CACHE_DIR", str(tmp_path / "cache"))
    return TinyCorpus(tmp_path / "corpus")
