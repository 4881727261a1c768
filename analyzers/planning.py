"""Which files of a tree are read, and under which key what was read of one is kept."""

from collections.abc import Sequence

import msgspec

from analyzers.source import Entry, Language, Unread, language_of, limit_of
from analyzers.version import READER_VERSION

SYMLINK, SUBMODULE = "120000", "160000"
PACKAGES = ("/node_modules/", "/site-packages/", "/.venv/", "/venv/")
MANIFESTS = (
    *("pyproject.toml", "setup.cfg", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "package.json"),
    "PKG-INFO",
)
# The folder of a built distribution's metadata.
BUILT = ".dist-info/METADATA"
# Languages that are recognised and have no reader yet.
LANGUAGE_NAMES = {
    Language.TYPESCRIPT: "TypeScript",
    Language.JAVASCRIPT: "JavaScript",
    Language.GO: "Go",
    Language.RUST: "Rust",
    Language.JAVA: "Java",
    Language.CSHARP: "C#",
    Language.RUBY: "Ruby",
    Language.PHP: "PHP",
    Language.KOTLIN: "Kotlin",
    Language.SWIFT: "Swift",
}
OTHER_LANGUAGES = frozenset(LANGUAGE_NAMES)


class Plan(msgspec.Struct, frozen=True):
    """What is to be read of a tree, and what not: nothing a server could load, excluded by rule, or impossible."""

    read: tuple[Entry, ...]
    irrelevant: tuple[Entry, ...]
    excluded: tuple[Entry, ...]
    incomplete: tuple[Unread, ...]


def plan(entries: Sequence[Entry]) -> Plan:
    """Sort the entries of a tree by what is done with them."""
    read: list[Entry] = []
    irrelevant: list[Entry] = []
    excluded: list[Entry] = []
    incomplete: list[Unread] = []
    for entry in entries:
        reason = _obstacle(entry)
        if not is_relevant(entry):
            irrelevant.append(entry)
        elif any(folder in f"/{entry.path}" for folder in PACKAGES):
            excluded.append(entry)
        elif reason:
            incomplete.append(Unread(entry.path, entry.blob, reason))
        else:
            read.append(entry)
    return Plan(tuple(read), tuple(irrelevant), tuple(excluded), tuple(incomplete))


def is_relevant(entry: Entry) -> bool:
    """Tell whether a server could load a path: a program, a dependency manifest, or a submodule."""
    if entry.mode == SUBMODULE or is_manifest(entry.path):
        return True
    language = language_of(entry.path)
    return language is Language.PYTHON or language in OTHER_LANGUAGES


def is_manifest(path: str) -> bool:
    """Tell whether a path states or pins dependencies."""
    name = path.rpartition("/")[2]
    return name in MANIFESTS or path.endswith(BUILT) or (name.startswith("requirements") and name.endswith(".txt"))


def source_bytes(entries: Sequence[Entry]) -> int:
    """Return how much program text there is to read."""
    return sum(entry.size for entry in plan(entries).read if not is_manifest(entry.path))


def _obstacle(entry: Entry) -> str:
    if entry.mode == SYMLINK:
        return "is a symbolic link"
    if entry.mode == SUBMODULE:
        return "is a submodule"
    if entry.size > limit_of(entry.path):
        return f"is larger than {limit_of(entry.path) // 1_000_000} MB"
    return ""


def facts_key(entry: Entry, *, skimmed: bool = False) -> str:
    """Return the key under which a file's facts are kept: the same contents read in the same way."""
    language = "manifest" if is_manifest(entry.path) else str(language_of(entry.path))
    name = entry.path.rpartition("/")[2] if language == "manifest" else ""
    return f"{entry.blob}:{'skimmed ' if skimmed else ''}{language}{name}:{READER_VERSION}"
