"""Which special characters a text can hold that a pattern matched as a whole, or that a filter let through."""

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+")
SPECIAL = frozenset(chr(code) for code in range(9, 127) if chr(code).isspace() or chr(code).isprintable()) - LETTERS
NONE: frozenset[str] = frozenset()
SPACES = frozenset(" \t\n\r\x0b\x0c")
CLASSES = {"d": NONE, "w": NONE, "s": SPACES, "b": NONE, "B": NONE, "A": NONE, "Z": NONE, "z": NONE}
ANY_CLASSES = "DWS"


def admitted(pattern: str) -> frozenset[str]:
    """Return the special characters that a match of a regular expression can hold; what is not understood admits all.

    Letters, digits, `_`, `-` and `+` count as plain.
    """
    found: set[str] = set()
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            found |= _escaped(pattern[position + 1 : position + 2])
            position += 2
        elif character == "[":
            inner, position = _class(pattern, position + 1)
            found |= inner
        elif character == "{":
            end = pattern.find("}", position)
            position = end + 1 if end > 0 else position + 1
        elif pattern.startswith("(?", position):
            position = _group(pattern, position)
        elif character == ".":
            return SPECIAL
        else:
            if character in SPECIAL and character not in "()|*?^$":
                found.add(character)
            position += 1
    return frozenset(found)


def _escaped(character: str) -> frozenset[str]:
    if character in ANY_CLASSES:
        return SPECIAL
    spelled = {"n": "\n", "t": "\t", "r": "\r"}.get(character, character)
    return CLASSES.get(character, frozenset({spelled}) & SPECIAL)


def _group(pattern: str, position: int) -> int:
    """Return where a group's own pattern begins, behind `(?:`, `(?P<name>` and the like."""
    if pattern.startswith("(?P<", position):
        end = pattern.find(">", position)
        return end + 1 if end > 0 else len(pattern)
    end = position + 2
    while end < len(pattern) and pattern[end] in ":=!<aiLmsux-":
        end += 1
    return end


def _class(pattern: str, position: int) -> tuple[frozenset[str], int]:
    """Return the special characters of a `[...]` class, and the position behind it."""
    negated = pattern.startswith("^", position)
    position += 1 if negated else 0
    found: set[str] = set()
    first = position
    while position < len(pattern) and (pattern[position] != "]" or position == first):
        if pattern[position] == "\\":
            found |= _escaped(pattern[position + 1 : position + 2])
            position += 2
        elif pattern[position + 1 : position + 2] == "-" and pattern[position + 2 : position + 3] not in (
            "",
            "]",
            "\\",
        ):
            found |= {chr(code) for code in range(ord(pattern[position]), ord(pattern[position + 2]) + 1)} & SPECIAL
            position += 3
        else:
            found |= {pattern[position]} & SPECIAL
            position += 1
    return (SPECIAL - found if negated else frozenset(found)), position + 1


def kept_by(pattern: str) -> frozenset[str] | None:
    """Return the special characters left after all matches of a negated class were replaced; None for another pattern.

    `[^A-Za-z0-9_-]` leaves none.
    """
    if not pattern.startswith("[^"):
        return None
    inner, end = _class(pattern, 1)
    rest = pattern[end:]
    return SPECIAL - inner if rest in ("", "+", "*") else None
