"""What the words of a command make of each other: a program, code for an interpreter, options that run things."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analyzers.flow.shapes import WORD_END, Piece, Shape, is_open
from analyzers.frameworks import commands

SHELL, CODE, PROGRAM, WORD, PATH = "shell", "code", "program", "word", "path"
DASH, END_OF_OPTIONS = "-", "--"


class CommandWord(NamedTuple):
    """A word of a command: its text where that is constant, and its shape."""

    text: str | None
    shape: Shape


# A role, the shape of what has it, and what reads that.
Reading = tuple[str, Shape, str]


def words_in(line: Shape) -> list[CommandWord]:
    """Return the words of a line that was put together from a list."""
    found: list[list[Piece]] = [[]]
    for piece in line:
        if piece == WORD_END:
            found.append([])
        else:
            found[-1].append(piece)
    return [_word(tuple(pieces)) for pieces in found if pieces]


def _word(shape: Shape) -> CommandWord:
    return CommandWord(None if any(piece.labels for piece in shape) else "".join(piece.text for piece in shape), shape)


def read_words(words: Sequence[CommandWord]) -> Iterator[Reading]:
    """Read the words of a command: its program, what interpreters among them run, options that do."""
    if not words:
        return
    program = words[0].text
    yield from _files(commands.program_of(program or ""), words[1:])
    if program is None:
        yield PROGRAM, words[0].shape, ""
    yield from _interpreted(words)
    if program is not None:
        yield from options_of(commands.program_of(program), words[1:])


def _files(program: str, words: Sequence[CommandWord]) -> Iterator[Reading]:
    """Read the words that are paths: behind an option that takes one, or joined to a folder by the server."""
    options = commands.FILE_OPTIONS.get(program, ())
    before: str | None = None
    for text, shape in words:
        is_path = any(piece.joins and piece != WORD_END for piece in shape) and not is_open(shape[0])
        if text is None and (before in options or is_path):
            yield PATH, shape, ""
        before = text


def _interpreted(words: Sequence[CommandWord]) -> Iterator[Reading]:
    for position, (text, _) in enumerate(words):
        name = commands.program_of(text) if text is not None else ""
        flags = commands.INTERPRETERS.get(name, ())
        for later in range(position + 1, len(words) - 1):
            if words[later].text in flags:
                yield role_of(name), words[later + 1].shape, name
        if name in commands.REMOTE_SHELLS:
            yield from _remote(name, words[position + 1 :])


def role_of(interpreter: str) -> str:
    """Return what an interpreter takes what it reads for."""
    return SHELL if interpreter in commands.SHELL_PROGRAMS else CODE


def _remote(name: str, words: Sequence[CommandWord]) -> Iterator[Reading]:
    """What follows the host of `ssh`, or `adb shell`, is one command line for a shell over there."""
    texts = [word.text for word in words]
    if name == "adb":
        start = texts.index("shell") + 1 if "shell" in texts else len(words)
    else:
        start = _command_behind(name, texts)
    pieces = (piece for _, shape in words[start:] for piece in (*shape, WORD_END))
    line = tuple(pieces)[:-1]
    if line:
        yield SHELL, line, f"the shell behind {name}"


def _command_behind(name: str, texts: Sequence[str | None]) -> int:
    """Return where the command behind a host begins: at a word that is known, else at the last of several.

    Before a word that is not known there may be options, so that it may be the host itself.
    """
    plain = _plain_words(name, texts)
    known = next((place for place in plain[1:] if texts[place] is not None), len(texts))
    return min(known, plain[-1]) if len(plain) > 1 else len(texts)


def _plain_words(program: str, texts: Sequence[str | None]) -> list[int]:
    """Return the places of words that are neither options nor values of them."""
    before = (None, *texts)
    return [
        place
        for place, text in enumerate(texts)
        if (text is None or not text.startswith(DASH)) and not commands.takes_word(program, before[place])
    ]


def options_of(program: str, words: Sequence[CommandWord]) -> Iterator[Reading]:
    """Read the words of a program that may be options which run things."""
    if program not in commands.RUNS_BY_OPTION:
        return
    before: str | None = None
    verb = ""
    # What runs on the other side of a connection reads its own words, not the program that connects.
    end = _plain_words(program, [word.text for word in words])[1:2] if program in commands.REMOTE_SHELLS else []
    for text, shape in words[: end[0] + 1] if end else words:
        if text == END_OF_OPTIONS:
            return
        begun = (piece for piece in shape if (piece.text or piece.labels) and piece.text != DASH)
        first = next(begun, Piece())
        is_value = commands.takes_next(program, before, verb)
        if is_open(first) and not is_value:
            yield WORD, shape, program
        if text and not verb and not is_value and not text.startswith(DASH):
            verb = text
        before = text
