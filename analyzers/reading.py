"""How one file becomes local facts."""

from collections.abc import Iterator

import msgspec

from analyzers.facts import FileFacts, Note, packed
from analyzers.flow.lowering import local_facts
from analyzers.frameworks.mcp import root_of
from analyzers.frameworks.unread import UNREAD
from analyzers.languages import python
from analyzers.lines import LineIndex
from analyzers.planning import OTHER_LANGUAGES, is_manifest
from analyzers.project import manifests
from analyzers.providers import WEBHOOK_HOST
from analyzers.secrets import WORDS, find_secrets
from analyzers.source import Language, Source, Unread, language_of, limit_of
from analyzers.suppression import ignores
from analyzers.syntax import Module

INSTALLED = manifests.INSTALLED.encode()
# What credentials hold that are no words.
TOKEN_MARKS = (
    "-----BEGIN",
    WEBHOOK_HOST,
    "://hooks.slack.com/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
)
# What a server's source mentions in each language that has no reader yet.
MARKERS: tuple[tuple[bytes, str], ...] = (
    (b"@modelcontextprotocol/sdk/server", "the TypeScript SDK"),
    (b"@modelcontextprotocol/server", "the TypeScript SDK"),
    (b'from "fastmcp"', "fastmcp for TypeScript"),
    (b"from 'fastmcp'", "fastmcp for TypeScript"),
    (b"@rekog/mcp-nest", "mcp-nest"),
    (b'from "mcp-framework"', "mcp-framework"),
    (b'from "agents/mcp"', "Cloudflare agents"),
    (b"modelcontextprotocol/go-sdk/mcp", "the Go SDK"),
    (b"mark3labs/mcp-go/server", "mcp-go"),
    (b"use rmcp::", "the Rust SDK"),
    (b"io.modelcontextprotocol.server", "the Java SDK"),
    (b"ModelContextProtocol.Server", "the C# SDK"),
    (b"io.modelcontextprotocol.kotlin.sdk.server", "the Kotlin SDK"),
)


def read(source: Source) -> FileFacts | Unread:
    """Return the local facts of one file, or why it has none. Hostile contents may exhaust time or memory."""
    if len(source.data) > limit_of(source.path):
        return Unread(source.path, source.blob, f"is larger than {limit_of(source.path) // 1_000_000} MB")
    if is_manifest(source.path):
        return _manifest(source)
    language = language_of(source.path)
    if language is Language.PYTHON:
        return _python(source)
    if language in OTHER_LANGUAGES:
        return _other(source, language)
    return Unread(source.path, source.blob, "has no reader")


def _python(source: Source) -> FileFacts | Unread:
    if b"\0" in source.data[:8000]:
        return Unread(source.path, source.blob, "is binary")
    if source.data.startswith(b"version https://git-lfs.github.com/spec/"):
        return Unread(source.path, source.blob, "is kept outside the repository (Git LFS)")
    # How a token is told depends on what stands around it.
    skimmed = source.skimmed and not _may_hold_token(source.data)
    module = python.skim(source.data) if skimmed else python.read(source.data)
    lines = module.lines
    secrets = tuple(_secrets(module))
    garbled = bool(module.defects and secrets)  # what was read as a name there may be the credential
    functions = () if garbled else local_facts(module)
    values = [value for function in functions for value in function.values if value.op in ("import", "secret")]
    imports = tuple(dict.fromkeys(value.text for value in values if value.op == "import"))
    return FileFacts(
        language=Language.PYTHON,
        lines=lines,
        body=packed(functions),
        imports=imports,
        servers=tuple(dict.fromkeys(root for name in imports if (root := root_of(name.partition("|")[0])) in UNREAD)),
        has_secrets=any(value.op == "secret" for value in values),
        ignores=ignores(module.comments, module.text, lines),
        defects=tuple(Note(lines.line(defect.start), defect.reason) for defect in module.defects),
        warnings=tuple(Note(lines.line(warning.start), warning.reason) for warning in module.warnings),
        pins=manifests.setup_requirements(functions[0]) if functions and INSTALLED in source.data else {},
        secrets=secrets,
    )


def _may_hold_token(data: bytes) -> bool:
    """Tell whether something in the text of a file begins like a credential of a provider."""
    text = data.decode("latin-1")
    return any(mark in text for mark in TOKEN_MARKS) or WORDS.search(text) is not None


def _secrets(module: Module) -> Iterator[tuple[int, int, str]]:
    """Yield credentials in what no function holds: comments, or all of a text that was not understood."""
    if module.defects:
        yield from find_secrets(module.text)
        return
    for comment in module.comments:
        for start, end, secret in find_secrets(module.text[comment.start : comment.end]):
            yield comment.start + start, comment.start + end, secret


def _other(source: Source, language: Language | None) -> FileFacts:
    """A file of a language without reader: whether it holds a server, and credentials in its text."""
    found = tuple(dict.fromkeys(name for marker, name in MARKERS if marker in source.data))
    return FileFacts(
        language=str(language),
        lines=LineIndex.build(source.data.decode("utf-8", "replace").encode()),
        servers=found,
        secrets=tuple(find_secrets(source.data)),
    )


def _manifest(source: Source) -> FileFacts | Unread:
    lines = LineIndex.build(source.data.decode("utf-8", "replace").encode())
    if source.path.endswith("package.json"):
        servers = ("the TypeScript SDK",) if b'"@modelcontextprotocol/' in source.data else ()
        return FileFacts(language="manifest", lines=lines, servers=servers)
    try:
        pins = manifests.requirements(source.path, source.data)
        places = manifests.requirement_lines(source.path, source.data)
        scripts = manifests.scripts(source.path, source.data)
    except (ValueError, RecursionError):
        return Unread(source.path, source.blob, f"is no valid {_form(source.path)}")
    return FileFacts(language="manifest", lines=lines, pins=pins, pin_lines=places, scripts=scripts)


def _form(path: str) -> str:
    """Return what a manifest should be written in."""
    return {"setup.cfg": "INI", "Pipfile.lock": "JSON"}.get(path.rpartition("/")[2], "TOML")


def encode_facts(facts: FileFacts) -> bytes:
    """Return facts as MessagePack."""
    return msgspec.msgpack.encode(facts)


def decode_facts(data: bytes) -> FileFacts:
    """Return facts from MessagePack. Raise msgspec.DecodeError for anything else."""
    return msgspec.msgpack.decode(data, type=FileFacts)
