"""A reader of GitHub's Markdown that tells everything active in a text."""

import re
from collections.abc import Callable, Iterator

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

# What GitHub finds in rendered text outside code: mentions, issues, addresses, mail, emoji codes, formulas, commits.
LIVE = re.compile(
    r"@\w|(?:^|\W)#\d|GH-\d|\b(?:https?|ftp|mailto|xmpp):|www\.|\w@\w|:[a-z0-9_+-]+:|\$[^$]+\$|\b[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200c-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _active(text: str) -> list[str]:
    """List what a text holds beside words, code and plain structure."""
    found = []
    for token in _flat(PARSER.parse(text)):
        if token.type in ("link_open", "image", "html_inline", "html_block", "heading_open", "blockquote_open", "hr"):
            found.append(f"{token.type} {token.content or token.attrs}")
        if token.type == "fence" and token.info == "suggestion":
            found.append("suggestion")
        if token.type == "text" and LIVE.search(token.content):
            found.append(f"text {token.content}")
        if token.type in ("text", "code_inline", "fence", "code_block") and HIDDEN.search(token.content):
            found.append(f"hidden {token.content!r}")
    return found


@pytest.fixture
def active() -> Callable[[str], list[str]]:
    """The function that lists what is active in a text."""
    return _active
