"""Credentials in source that is shown: at most their first four characters stay."""

import re2

from analyzers.secrets import named_secret, preview, secret_kind

# name = "value", name: "value", "name": "value" and a bare literal; quotes of any Python prefix.
_LITERAL = re2.compile(
    r"""(?:([\w.-]+)["']?\]?\s*[:=]\s*)?[A-Za-z]{0,2}(?:"([^"\\]*(?:\\.[^"\\]*)*)"|'([^'\\]*(?:\\.[^'\\]*)*)')"""
)
_BARE = re2.compile(r"[A-Za-z0-9_.+/=-]{12,}")
_BLOB = re2.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
SECRET_RULES = frozenset({"hardcoded-credential", "secret-in-log", "credential-in-url"})


def redacted(text: str, all_literals: bool = False) -> str:
    """Return one line of source without its credentials; with `all_literals` without any string of six or more."""
    pieces = []
    position = 0
    for match in _LITERAL.finditer(text):
        group = 2 if match.group(2) is not None else 3
        value = match.group(group)
        if (all_literals and len(value) >= 6) or secret_kind(value) or named_secret(match.group(1) or "", value):
            pieces += [text[position : match.start(group)], preview(value)]
            position = match.end(group)
    return _without_blobs("".join([*pieces, text[position:]]))


def _without_blobs(text: str) -> str:
    text = _BARE.sub(lambda match: _if_secret(match.group(0)), text)
    return str(_BLOB.sub(lambda match: preview(match.group(0)), text))


def _if_secret(word: str) -> str:
    return preview(word) if secret_kind(word) else word


def is_about_secrets(rule_id: str) -> bool:
    """Tell whether the lines of a rule's findings hold credentials."""
    return rule_id in SECRET_RULES
