"""Texts that are quoted once more where they stand between quotes of a command: `f"ssh web 'ls {quote(name)}'"`.

The quotes that the text brings along end the ones around it, and in double quotes they quote nothing.
"""

from collections.abc import Iterator

from analyzers.flow.shapes import Shape

# What follows is a text of its own, whose quotes are none of the command.
HERE_DOCUMENT = "<<"


def quoted_at(shape: Shape) -> Iterator[bool]:
    """Yield for each piece of a command line whether it stands between quotes that the server wrote."""
    is_read = not any(HERE_DOCUMENT in piece.text for piece in shape)
    inside = ""
    for piece in shape:
        inside = _after(piece.text, inside) if is_read else ""
        yield bool(inside)


def _after(text: str, inside: str) -> str:
    """Return the quote that is open behind a text, "" for none; a comment's apostrophe opens none."""
    for line in text.split("\n"):
        if not inside and line.lstrip().startswith("#"):
            continue
        escaped = False
        for character in line:
            if escaped or (character == "\\" and inside != "'"):
                escaped = not escaped
            elif character in "'\"" and inside in ("", character):
                inside = "" if inside else character
    return inside
