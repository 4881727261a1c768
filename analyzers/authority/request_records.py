"""Records of requests that are made around a server by middleware that refuses none of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.authority.applications import is_attached, made_behind, passed_through
from analyzers.authority.auditing import NO_AUDIT, Audit
from analyzers.frameworks.mcp import APPLICATIONS
from analyzers.project.program import File, Function
from analyzers.project.servers import Server, is_bare
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

ATTACHING = ("add_middleware", "Middleware")
# How the tool is learnt of that a request calls: its name stands in the body.
READING = frozenset({"body", "json", "stream", "receive"})


class RequestRecords:
    """Finds what the middleware of packages records of every request; answers are kept."""

    def __init__(self, reader: "ServerReader") -> None:
        self._reader = reader
        self._known: dict[str, Audit] = {}

    def of(self, server: Server) -> Audit:
        """Return the record that is made of each request of a server's package, nothing of one that runs itself."""
        if is_bare(server):
            return NO_AUDIT
        root = self._reader.program.package_root(server.site.function.file.path)
        if root not in self._known:
            found = NO_AUDIT
            for method in self._methods(root):
                around = self._reader.audits.around(method)
                found = found.joined(around) if around.tool else found
            self._known[root] = found
        return self._known[root]

    def _methods(self, root: str) -> Iterator[Function]:
        reader = self._reader
        for file in reader.program.sources:
            for function in file.functions if reader.serves(file.module, root) and _reads(file) else ():
                if passed_through(function) and (self._is_given(function) or self._is_made_around(function)):
                    yield function

    def _is_made_around(self, method: Function) -> bool:
        """Tell whether an application is made around another one wherever there is one: `app = Recording(app)`."""
        if not is_attached(self._reader, method):
            return False
        condition = made_behind(self._reader, method)
        return condition is None or _chooses_transport(condition)

    def _is_given(self, method: Function) -> bool:
        """Tell whether the class of a method is one that an application is given to make: `add_middleware(Class)`."""
        resolver = self._reader.flow.resolver
        return method.owner is not None and any(
            target.function is method.owner
            for name in ATTACHING
            for function, call in self._reader.program.call_sites(name)
            for argument in function.facts.values[call].args[1:2]
            for target in resolver.resolve(function, argument)
        )


def _reads(file: File) -> bool:
    """Tell whether a file has anything to do with bodies of requests."""
    return any(node.text in READING for function in file.functions for node in function.facts.values)


def _chooses_transport(condition: Reference) -> bool:
    """Tell whether the application of a server is only made by an outcome of a condition: requests come by no other."""
    function = condition.function
    values = function.facts.values
    return any(
        values[values[event.value].args[0]].text in APPLICATIONS
        and any(step.value == condition.value for step in function.chain(event.dominator))
        for event in function.calls()
    )
