"""What calls read as a command, code, a path or a query, in the parts that a caller may have written."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzers.facts import Value
from analyzers.flow.command_words import CommandWord, options_of, read_words, role_of, words_in
from analyzers.flow.lists import Item
from analyzers.flow.posted_queries import posted
from analyzers.flow.shapes import WORD_END, Piece, Shape, is_open
from analyzers.flow.urls import ShapeReader
from analyzers.flow.written_scripts import scripts_in
from analyzers.frameworks import commands, files, interpreters, queries, sinks
from analyzers.frameworks.paths import canonical
from analyzers.project.program import Function
from analyzers.project.spreads import with_spread
from analyzers.project.targets import argument_of

SHELL, CODE, PROGRAM, WORD, PATH, QUERY, METHOD = "shell", "code", "program", "word", "path", "query", "method"
# A command whose words are not all known where it is run: what it is shows once callers have passed them.
LINE = "line"
END_OF_OPTIONS = "--"

# A folder whose name is not seen.
FOLDER = Piece("…/")

MAX_WAYS = 4


class Operand(NamedTuple):
    """A text that a call reads as more than data.

    `role`: `shell` a command line, `code` for an interpreter, `program` what is started, `word` an argument of a
    program that options make run things, `path`, `query`, `method` of a request, `case` what callers must pass for the
    call to be made. `reader` is the program, interpreter or language, of a case the text that it has to be.
    """

    role: str
    shape: Shape
    reader: str = ""


class OperandReader:
    """Reads the operands of calls of external functions."""

    def __init__(self, shapes: ShapeReader) -> None:
        self.shapes = shapes
        self.resolver = shapes.resolver

    def of_call(self, function: Function, node: Value, name: str) -> tuple[Operand, ...]:
        """Return the operands of a call that a caller may have a part in."""
        queried = self._queries(function, node, name)
        contained = self._contained(function, node, name) if name in commands.CONTAINERS else ()
        run = [*self._commands(function, node, name), *self._inputs(function, node, name), *contained]
        found = [*self._paths(function, node, name), *run, *queried]
        return tuple(operand for operand in found if any(is_open(piece) for piece in operand.shape))

    def query(self, function: Function, node: Value, name: str) -> Operand | None:
        """Return the query that a call sends, None where it sends none as text."""
        statement = query_of(function, node)
        if statement < 0:
            return None
        shape = self.shapes.shape(function, statement)
        return Operand(QUERY, shape, queries.language(name)) if any(is_open(piece) for piece in shape) else None

    def _queries(self, function: Function, node: Value, name: str) -> Iterator[Operand]:
        """Queries that are no statements: filters of a search, code in a document's query, GraphQL in a request."""
        asked = queries.filter_of(name)
        if asked is not None:
            keyword, position, language = asked
            value = argument_of(node, keyword, position)
            if value >= 0:
                yield Operand(QUERY, self.shapes.shape(function, value), language)
        elif name.startswith(queries.DOCUMENTS):
            for value in self._code(function, node.args[1:]):
                yield Operand(QUERY, self.shapes.shape(function, value), "JavaScript")
        elif sinks.is_http_call(name):
            yield from (Operand(QUERY, *query) for query in posted(self.shapes, function, node))

    def _code(self, function: Function, documents: Iterable[int]) -> Iterator[int]:
        """Yield what a document's query, as it is written in a call, has the database run as code, however deep."""
        waiting = [(value, queries.CODE_KEYS) for value in documents]
        while waiting:
            value, keys = waiting.pop()
            node = function.facts.values[value]
            if node.op == "list":
                waiting.extend((item, queries.CODE_KEYS) for item in node.args)
            for key, entry in zip(node.args[::2], node.args[1::2], strict=False) if node.op == "map" else ():
                named = key >= 0 and self.resolver.text(function, key) in keys
                if function.facts.values[entry].op in ("map", "list"):
                    waiting.append((entry, queries.CODE_PARTS if named else queries.CODE_KEYS))
                elif named:
                    yield entry

    def _paths(self, function: Function, node: Value, name: str) -> Iterator[Operand]:
        for position, keyword in files.PATHS.get(canonical(name), ()):
            if position == files.RECEIVER:
                callee = function.facts.values[node.args[0]]
                if files.FILTER in node.names:
                    continue
                value = callee.args[0] if callee.op == "attr" else -1
            else:
                value = argument_of(node, keyword, position)
            for shape in self._ways(function, value) if value >= 0 else ():
                yield Operand(PATH, shape)
        if name in files.WITHIN:
            position, keyword = files.WITHIN[name]
            value = argument_of(node, keyword, position)
            for item in (self.shapes.lists.items(function, value) or [(function, value)]) if value >= 0 else ():
                yield Operand(PATH, (FOLDER, *self.shapes.shape(*item)))

    def _ways(self, function: Function, value: int) -> list[Shape]:
        """Return the shapes of the ways in which a path was made: each of them counts."""
        node = function.facts.values[value]
        ways = node.args if node.op == "phi" else node.args[1:] if node.op == "select" else ()
        several = 0 < len(ways) <= MAX_WAYS and value not in ways
        return self.shapes.ways(function, value) if several else [self.shapes.shape(function, value)]

    # Commands

    def _commands(self, function: Function, node: Value, name: str) -> Iterator[Operand]:
        if name in commands.SHELLS and not (name in commands.PROGRAMS and len(node.args) > 2 and not node.names[1]):
            yield from self._text(function, node, SHELL, commands.SHELLS[name], "a shell")
        elif name in commands.CODE:
            if not any(keyword == "__builtins__" for keyword in node.names):
                yield from self._text(function, node, CODE, commands.CODE[name], interpreters.reader_of(name))
        elif name in commands.OBJECTS and self._makes_any_object(function, node, name):
            yield from self._text(function, node, CODE, commands.OBJECTS[name], f"`{name}`")
        elif name in commands.LISTS:
            yield from self._list(function, node, name)
        elif name in commands.WORDS:
            yield from self._words(self.words(function, node))
        elif name in commands.SERVERS:
            program, words = argument_of(node, "command", 0), argument_of(node, "args", 1)
            items = self.shapes.lists.items(function, words) if words >= 0 else None
            yield from self._words([(function, program), *(items or [])] if program >= 0 else [])
        elif name in commands.PROGRAMS:
            first = commands.PROGRAMS[name] + 1
            items = self.shapes.lists.items(function, node.args[first + 1]) if len(node.args) > first + 1 else None
            yield from self._words([(function, node.args[first]), *(items or [])] if len(node.args) > first else [])
        elif commands.git_verb(name):
            given = [word for item in self.words(function, node) for word in self._words_of(*item)]
            yield from (Operand(*reading) for reading in options_of("git", given))

    def _contained(self, function: Function, node: Value, name: str) -> Iterator[Operand]:
        """What runs in a container: its image, its words, and the folders of the host that it sees."""
        node = with_spread(self.resolver, function, node)
        position, keyword = commands.CONTAINERS[name]
        value = argument_of(node, keyword, position)
        if value >= 0:
            items = self.shapes.lists.items(function, value)
            yield from self._words(items) if items else self._split(function, value, name)
        if name in commands.IMAGES:
            image = argument_of(node, commands.IMAGE, 0)
            if image >= 0:
                yield Operand(PROGRAM, self.shapes.shape(function, image), "an image")
            for folder in self._keys(function, argument_of(node, commands.FOLDERS, -1)):
                yield Operand(PATH, self.shapes.shape(function, folder))

    def _keys(self, function: Function, table: int) -> Iterator[int]:
        """Yield the keys of a table that is written in a call, or the items of a list."""
        node = function.facts.values[table] if table >= 0 else None
        if node is not None and node.op in ("map", "list"):
            yield from (key for key in node.args[:: 2 if node.op == "map" else 1] if key >= 0)

    def _makes_any_object(self, function: Function, node: Value, name: str) -> bool:
        if name != "yaml.load":
            return True
        return self.resolver.external(function, argument_of(node, "Loader", 1)) in commands.LOADERS

    def _text(self, function: Function, node: Value, role: str, keyword: str, reader: str) -> Iterator[Operand]:
        value = argument_of(node, keyword, 0)
        if value >= 0:
            yield Operand(role, self.shapes.shape(function, value), reader)

    def _list(self, function: Function, node: Value, name: str) -> Iterator[Operand]:
        value = argument_of(node, commands.LISTS[name], 0)
        if value < 0:
            return
        items = self.shapes.lists.items(function, value)
        if _is_on(function, node, "shell"):
            first = items[0] if items else (function, value)
            yield Operand(SHELL, self.shapes.shape(*first), "a shell")
        elif items is not None:
            yield from self._words(items)
        else:
            yield from self._split(function, value, name)

    def _inputs(self, function: Function, node: Value, name: str) -> Iterator[Operand]:
        """What a program that is started here, or was before, is given on its standard input."""
        if name in commands.LISTS:
            yield from self._input(function, node, argument_of(node, "input", -1))
        elif name in commands.INPUTS:
            keyword, steps = commands.INPUTS[name]
            yield from self._input(function, self._started(function, node, steps), argument_of(node, keyword, 0))

    def _started(self, function: Function, node: Value, steps: int) -> Value:
        """Return the call that started the program on which a method is called, so many attributes away."""
        started = function.facts.values[node.args[0]]
        for _ in range(steps):
            started = function.facts.values[started.args[0]] if started.op == "attr" else started
        while started.op in ("await", "enter"):
            started = function.facts.values[started.args[0]]
        return started

    def _input(self, function: Function, started: Value, text: int) -> Iterator[Operand]:
        """What a shell without a script of its own reads on its standard input are commands."""
        if text < 0 or started.op != "call" or len(started.args) < 2:
            return
        words = self.shapes.lists.items(function, started.args[1])
        if words is None:
            words = self.words(function, started)
        program, *options = [self._word(*word) or "" for word in words] or [""]
        name = commands.program_of(program)
        flags = commands.INTERPRETERS.get(name, ())
        is_bare = all(option.startswith("-") and option not in flags for option in options)
        if flags and is_bare:
            yield Operand(role_of(name), self.shapes.shape(function, text), name)

    def _split(self, function: Function, value: int, name: str) -> Iterator[Operand]:
        """A command that is no list: split from a text, or a text that the function itself hands to a shell."""
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]] if node.op == "call" else node
        splits = node.op == "call" and (
            self.resolver.external(function, node.args[0]) in commands.SPLITTERS or callee.text == "split"
        )
        if splits:
            text = node.args[1] if callee.text != "split" or len(node.args) > 1 else callee.args[0]
            shape = self.shapes.shape(function, text)
            yield Operand(PROGRAM, shape, "words")
            yield from _options(shape)
        elif name in commands.TEXT_IS_SHELL:
            yield Operand(SHELL, self.shapes.shape(function, value), "a shell")
        else:
            shape = self.shapes.shape(function, self._listed(function, value))
            yield Operand(PROGRAM, shape)
            yield Operand(LINE, (*shape, WORD_END))

    def _listed(self, function: Function, value: int) -> int:
        """Return what `list(…)` is made of."""
        node = function.facts.values[value]
        made = node.op == "call" and len(node.args) == 2
        names = self.resolver.externals(function, node.args[0]) if made else ()
        return node.args[1] if {"builtins.list", "builtins.tuple"} & set(names) else value

    def _words(self, items: list[Item]) -> Iterator[Operand]:
        """Read the words of a command, and the whole line where callers pass a list of them."""
        unfolded = [item for word in items for item in self._unfolded(*word)]
        found = [(item, word) for item in unfolded for word in self._words_of(*item)]
        unfolded, words = [item for item, _ in found], [word for _, word in found]
        yield from (Operand(*reading) for reading in read_words(words))
        for position, (text, _) in enumerate(words):
            if text is not None and commands.program_of(text) in commands.INTERPRETERS:
                yield from self._scripts(commands.program_of(text), unfolded[position + 1 :])
        # A word that is one of its callers' parameters may be a list of them.
        if any(len(shape) == 1 and is_open(shape[0]) for _, shape in words):
            yield Operand(LINE, tuple(piece for _, shape in words for piece in (*shape, WORD_END)))

    def _words_of(self, function: Function, value: int) -> list[CommandWord]:
        """Return an item as a word, or as the words of a list that a function puts together elsewhere."""
        shape = self.shapes.shape(function, value)
        return words_in(shape) if WORD_END in shape else [CommandWord(self._word(function, value), shape)]

    def words(self, function: Function, node: Value) -> list[Item]:
        """Return the words that a call is given one by one, those of a list that it spreads among them."""
        found: list[Item] = []
        for name, value in zip(node.names, node.args[1:], strict=True):
            if name == "*":
                found.extend(self.shapes.lists.items(function, value) or [(function, value)])
            elif not name:
                found.append((function, value))
        return found

    def _unfolded(self, function: Function, value: int) -> list[Item]:
        node = function.facts.values[value]
        if node.op != "spread":
            return [(function, value)]
        return self.shapes.lists.items(function, node.args[0]) or [(function, node.args[0])]

    def _scripts(self, interpreter: str, words: list[Item]) -> Iterator[Operand]:
        """What the function wrote into a file that an interpreter runs."""
        role = role_of(interpreter)
        options = [(self._word(*word) or "").startswith("-") for word in words]
        for function, value in words[options.index(False) :][:1] if False in options else ():
            for text in scripts_in(self.resolver, function, value):
                yield Operand(role, self.shapes.shape(function, text), interpreter)

    def _word(self, function: Function, value: int) -> str | None:
        """Return a word that is a constant, or the interpreter that runs the program itself."""
        text = self.resolver.text(function, value)
        if text is None and self.resolver.external(function, value) == commands.OWN_INTERPRETER:
            return commands.PYTHON
        return text


def query_of(function: Function, node: Value) -> int:
    """Return the argument that holds the text of a query, -1 where there is none.

    Behind a text that is written in front, a keyword names what is bound to it: `run("... $query", query=words)`.
    """
    first = argument_of(node, "", 0)
    written = function.facts.values[first] if first >= 0 else None
    # One word is the name of a database or an index.
    if written is not None and (written.op == "template" or (written.op == "str" and len(written.text.split()) > 1)):
        return first
    for position, keyword in enumerate(node.names):
        if keyword in queries.KEYWORDS:
            return node.args[position + 1]
    return first


def _options(shape: Shape) -> Iterator[Operand]:
    """What a caller writes into a text that is split at blanks may be options, wherever it stands."""
    words = shape[0].text.split() if shape else []
    program = commands.program_of(words[0]) if words else ""
    first = next((index for index, piece in enumerate(shape) if is_open(piece)), -1)
    if first > 0 and program in commands.RUNS_BY_OPTION and END_OF_OPTIONS not in words:
        yield Operand(WORD, shape[first:], program)


def _is_on(function: Function, node: Value, option: str) -> bool:
    return option in node.names and function.facts.values[node.args[node.names.index(option) + 1]].text != "False"
