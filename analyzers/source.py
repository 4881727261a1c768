"""What is read of a repository, what is passed over, and the limits."""

import enum
import posixpath

import msgspec

MAX_SOURCE_BYTES = 1_000_000
# What pins hundreds of distributions by the hashes of all their files is long, and quickly read.
MAX_LOCK_BYTES = 8_000_000
LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"})


def limit_of(path: str) -> int:
    """Return how many bytes of a file are read at most."""
    return MAX_LOCK_BYTES if path.rpartition("/")[2] in LOCKS else MAX_SOURCE_BYTES


class Language(enum.StrEnum):
    """A language with its own reader, or one that is only recognised."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"
    JAVASCRIPT = "javascript"
    GO = "go"
    RUST = "rust"
    JAVA = "java"
    CSHARP = "csharp"
    RUBY = "ruby"
    PHP = "php"
    KOTLIN = "kotlin"
    SWIFT = "swift"
    TOML = "toml"
    JSON = "json"
    YAML = "yaml"
    TEXT = "text"


EXTENSIONS = {
    ".py": Language.PYTHON,
    ".pyi": Language.TEXT,
    ".ts": Language.TYPESCRIPT,
    ".tsx": Language.TYPESCRIPT,
    ".mts": Language.TYPESCRIPT,
    ".cts": Language.TYPESCRIPT,
    ".js": Language.JAVASCRIPT,
    ".jsx": Language.JAVASCRIPT,
    ".mjs": Language.JAVASCRIPT,
    ".cjs": Language.JAVASCRIPT,
    ".go": Language.GO,
    ".rs": Language.RUST,
    ".java": Language.JAVA,
    ".cs": Language.CSHARP,
    ".rb": Language.RUBY,
    ".php": Language.PHP,
    ".kt": Language.KOTLIN,
    ".swift": Language.SWIFT,
    ".toml": Language.TOML,
    ".json": Language.JSON,
    ".jsonc": Language.JSON,
    ".yaml": Language.YAML,
    ".yml": Language.YAML,
}


class Entry(msgspec.Struct, frozen=True):
    """One path of a tree as git knows it: mode is git's octal text, blob its object id, size in bytes."""

    path: str
    blob: str
    mode: str = "100644"
    size: int = 0


class Source(msgspec.Struct, frozen=True):
    """One file's bytes, named by its path and git blob id.

    Of one that is `skimmed` only its imports, comments and credentials are asked for.
    """

    path: str
    blob: str
    data: bytes
    skimmed: bool = False


class Unread(msgspec.Struct, frozen=True):
    """A file that could not be read, with the reason that is shown to the user."""

    path: str
    blob: str
    reason: str


def language_of(path: str) -> Language | None:
    """Return the language of a path by its extension, None for anything that holds no program or configuration."""
    return EXTENSIONS.get(posixpath.splitext(path)[1].lower())
