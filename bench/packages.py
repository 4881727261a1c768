"""Published MCP servers as input: exact versions, downloaded once, unpacked, never imported."""

import random
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

SEED = 42
CHANGED_FILES = 10
CHANGED_BYTES = 140_000
_TOLERANCE = 1_000
_DECLARATION = re.compile(rb"^@[\w.]+\.tool\b", re.MULTILINE)
_DECLARING = 2
_SIZES = range(500, 100_001)

CHANGED_FROM = (
    "arxiv-mcp-server==0.8.2",
    "mcp-atlassian==0.23.1",
    "mcp-clickhouse==0.7.0",
    "mcp-server-fetch==2026.10.24",
    "mcp-server-git==2026.10.19",
    "workspace-mcp==2.2.1",
)
MEDIUM = "mcp-atlassian==0.23.1"
LARGE = "mcp-contextforge-gateway==1.0.7.post20260921"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a package: where it belongs and what it holds."""

    path: str
    data: bytes


def python_files(requirement: str, downloads: Path) -> list[SourceFile]:
    """Return the Python files of a published package in the order of their paths."""
    folder = downloads / requirement.replace("==", "-")
    if not list(folder.glob("*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*fetch, "--only-binary", ":all:", "--dest", str(folder), requirement], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".py"))
        return [SourceFile(name, archive.read(name)) for name in names]


def ten_files(downloads: Path) -> list[SourceFile]:
    """Return ten files of 140 KB in all, two or more with tools, drawn with a fixed seed from six servers."""
    everything = [file for requirement in CHANGED_FROM for file in python_files(requirement, downloads)]
    candidates = [file for file in everything if len(file.data) in _SIZES]
    draw = random.Random(SEED)
    while True:
        drawn = draw.sample(candidates, CHANGED_FILES)
        declaring = sum(_DECLARATION.search(file.data) is not None for file in drawn)
        if declaring >= _DECLARING and abs(size(drawn) - CHANGED_BYTES) <= _TOLERANCE:
            return sorted(drawn, key=lambda file: file.path)


def size(files: list[SourceFile]) -> int:
    """Return the bytes of all files."""
    return sum(len(file.data) for file in files)


def write(files: list[SourceFile], folder: Path) -> None:
    """Write the files below a folder."""
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
