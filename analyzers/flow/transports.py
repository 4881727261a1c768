"""Whether a server speaks stdio, as its code asks again what it is started by: `if TRANSPORT == "stdio": return`.

Such a comparison says that nobody else calls, as long as every start over HTTP depends on the same setting, read in
the same way: by another default, or for an application that something else starts, it is as true over HTTP.
"""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.guards import positive
from analyzers.frameworks.mcp import APPLICATIONS, RUN_CALLS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.starts import conditions_of, known_setting
from analyzers.project.targets import argument_of
from analyzers.roles import Role, role_of

STDIO = "stdio"
COMPARISONS = ("==", "!=", "is", "is-not")


class TransportMarks:
    """Finds comparisons with what decides on which transport the servers of a program are started."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._settings: frozenset[str] | None = None

    def says_stdio(self, function: Function, node: Value, truth: bool) -> bool:
        """Tell whether a comparison of known outcome says that the servers of the program speak stdio."""
        if node.text not in COMPARISONS or not positive(node.text, truth):
            return False
        sides = node.args
        for index, side in enumerate(sides):
            text = function.facts.values[side]
            if text.op == "str" and text.text == STDIO:
                setting = known_setting(self._resolver, function, sides[1 - index])
                return setting is not None and setting in self._deciding()
        return False

    def _deciding(self) -> frozenset[str]:
        """Return the settings on which all starts over HTTP depend."""
        if self._settings is None:
            found = [settings for settings in self._of_starts() if settings is not None]
            self._settings = frozenset.intersection(*found) if found else frozenset()
        return self._settings

    def _of_starts(self) -> Iterator[frozenset[str] | None]:
        """Yield the settings that each start depends on, None of one that is none over HTTP."""
        for name in RUN_CALLS:
            for function, value in self._sites(name):
                node = function.facts.values[value]
                argument = argument_of(node, "transport", -1)
                if argument >= 0:
                    yield self._of_argument(function, value, argument)
        for name in APPLICATIONS:
            for function, value in self._sites(name):
                yield self._around(function, value)

    def _sites(self, name: str) -> Iterator[tuple[Function, int]]:
        for function, value in self._resolver.program.call_sites(name):
            if role_of(function.file.path) is Role.PRODUCT:
                yield function, value

    def _of_argument(self, function: Function, call: int, argument: int) -> frozenset[str] | None:
        if self._resolver.text(function, argument) == STDIO:
            return None
        setting = known_setting(self._resolver, function, argument)
        around = self._around(function, call)
        return around | {setting} if setting is not None else around

    def _around(self, function: Function, call: int) -> frozenset[str]:
        """Return the settings that conditions around a start compare with stdio, to keep it from that."""
        found: set[str] = set()
        for node, truth in conditions_of(function, call):
            sides = node.args if node.op == "compare" and node.text in COMPARISONS else ()
            for index, side in enumerate(sides):
                text = function.facts.values[side]
                if text.op == "str" and (text.text == STDIO) != positive(node.text, truth):
                    setting = known_setting(self._resolver, function, sides[1 - index])
                    found.update((setting,) if setting is not None else ())
        return frozenset(found)
